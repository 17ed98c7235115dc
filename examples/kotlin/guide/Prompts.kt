package dev.dovetail.examples.guide.prompts

import dev.dovetail.Client
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
data class Greet(val name: String)

suspend fun main() {
    val server = Server("demo") { prompt<Greet, String>("greet", "Greet somebody") { "Greet ${it.name}." } }

    Client.connect(server).use { client ->
        for (prompt in client.listPrompts()) println("${prompt.name}: ${prompt.description}")
        for (message in client.getPrompt("greet", Greet("Ada")).messages) {
            println("${message.role.name.lowercase()}: ${message.content.text}")
        }
    }
}
