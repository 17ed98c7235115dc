package dev.dovetail.examples.guide.completion

import dev.dovetail.Client
import dev.dovetail.Completer
import dev.dovetail.Reference
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
data class Review(val language: String)

suspend fun main() {
    val languages = Completer { typed -> listOf("python", "pytorch", "rust").filter { it.startsWith(typed.value) } }
    val server = Server("demo") {
        prompt<Review, String>("review", completers = mapOf("language" to languages)) { "Review this ${it.language}." }
    }

    Client.connect(server).use { client ->
        println(client.complete(Reference.Prompt("review"), "language", "py").values.joinToString())
    }
}
