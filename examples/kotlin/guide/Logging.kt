package dev.dovetail.examples.guide.logging

import dev.dovetail.Client
import dev.dovetail.LogLevel
import dev.dovetail.LogMessage
import dev.dovetail.Server
import kotlinx.coroutines.CompletableDeferred
import kotlinx.serialization.json.jsonPrimitive

suspend fun main() {
    val server = Server("demo") { tool<Unit>("work") { log(LogLevel.INFO, "working") } }

    val logged = CompletableDeferred<LogMessage>()
    val client = Client.connect(server) {
        logLevel = LogLevel.INFO
        onLog { logged.complete(it) }
    }
    client.use {
        it.call<Unit>("work")
        val message = logged.await()
        println("${message.level.name.lowercase()}: ${message.data.jsonPrimitive.content}")
    }
}
