package dev.dovetail.examples.guide.subscriptions

import dev.dovetail.Change
import dev.dovetail.Client
import dev.dovetail.Server
import kotlinx.coroutines.flow.take

private val server = Server("demo") {
    resource("note://welcome", "Welcome") { "Hello" }
    tool<Int>("one") { 1 }
}

suspend fun main() = Client.connect(server).use { client ->
    val changes = client.listen(tools = true, uris = listOf("note://welcome")) {
        server.add { tool<Int>("two") { 2 } }
    }
    changes.take(2).collect { change ->
        if (change.kind == Change.Kind.RESOURCE) {
            println("updated ${change.uri}")
        } else {
            println("${change.kind.name.lowercase()} changed")
            server.resourceUpdated("note://welcome")
        }
    }
}
