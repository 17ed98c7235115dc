package dev.dovetail.examples.guide.revisions

import dev.dovetail.Client
import dev.dovetail.Server

private val server = Server("demo") { tool<String>("hello") { "hello" } }

suspend fun main() {
    Client.connect(server).use { println(it.serverInfo().revision) }
    Client.connect(server) { revision = "2025-11-25" }.use { println(it.serverInfo().revision) }
}
