package dev.dovetail.examples.guide.middleware

import dev.dovetail.Client
import dev.dovetail.Server
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.jsonPrimitive

@Serializable
data class Add(val a: Int, val b: Int)

suspend fun main() {
    val server = Server("demo") {
        layer("tools/call") { message, next ->
            val tool = message.params.getValue("name").jsonPrimitive.content
            println("before $tool")
            next(message).also { println("after $tool") }
        }
        tool<Add, Int>("add", "Add two numbers") { it.a + it.b }
    }
    Client.connect(server).use { println(it.call<Int>("add", Add(1, 2)).data) }
}
