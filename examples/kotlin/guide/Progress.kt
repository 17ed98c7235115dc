package dev.dovetail.examples.guide.progress

import dev.dovetail.Client
import dev.dovetail.Server
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch

private val server = Server("demo") {
    tool<String>("count") {
        for (step in 1..3) progress(step, total = 3)
        "done"
    }
    tool<String>("wait") {
        progress(1)
        awaitCancellation()
    }
}

suspend fun main() {
    Client.connect(server).use { client ->
        val counted = client.call<String>("count") { println("${it.progress.toInt()} of ${it.total?.toInt()}") }
        println(counted.data)

        val started = CompletableDeferred<Unit>()
        coroutineScope {
            val waiting = launch { client.call<String>("wait") { started.complete(Unit) } }
            started.await()
            waiting.cancelAndJoin()
            println("cancelled")
        }
    }
}
