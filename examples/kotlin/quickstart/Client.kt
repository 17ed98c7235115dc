package dev.dovetail.examples.quickstart.client

import dev.dovetail.Client
import dev.dovetail.Command
import kotlinx.serialization.Serializable

@Serializable
data class Add(val a: Int, val b: Int)

suspend fun main(words: Array<String>) {
    val command = Command(words.first(), words.drop(1)) // or "http://127.0.0.1:8000/mcp"
    Client.connect(command).use { println(it.call<Int>("add", Add(1, 2)).data) }
}
