package dev.dovetail.examples.guide.resources

import dev.dovetail.Client
import dev.dovetail.DovetailError
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
data class Person(val name: String)

suspend fun main() {
    val server = Server("demo") {
        resource("note://welcome", "Welcome") { "Hello" }
        resourceTemplate<Person, String>("note://people/{name}", "A note for somebody") { "note for ${it.name}" }
    }

    Client.connect(server).use { client ->
        for (resource in client.listResources()) println(resource.uri)
        println(client.readResource("note://welcome").text)
        println(client.readResource("note://people/ada").text)
        try {
            client.readResource("file:///nothing")
        } catch (error: DovetailError) {
            println("refused: ${error.name}")
        }
    }
}
