package dev.dovetail.examples.guide.tools

import dev.dovetail.Client
import dev.dovetail.DovetailError
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
data class Add(val a: Int, val b: Int)

suspend fun main() {
    val server = Server("demo") { tool<Add, Int>("add", "Add two numbers") { it.a + it.b } }

    Client.connect(server).use { client ->
        for (tool in client.listTools()) println("${tool.name}: ${tool.description}")
        println(client.call<Int>("add", Add(1, 2)).data)
        try {
            client.call<Int>("add", mapOf("a" to "one", "b" to 2))
        } catch (error: DovetailError) {
            println("refused: ${error.name}")
        }
    }
}
