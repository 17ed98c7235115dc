package dev.dovetail.examples.guide.sampling

import dev.dovetail.Client
import dev.dovetail.Root
import dev.dovetail.SampleRequest
import dev.dovetail.SampleResult
import dev.dovetail.Server

private val server = Server("demo") {
    tool<String>("summarize") { sample(SampleRequest("Summarize: a long text", maxTokens = 100)).text }
    tool<String>("where") { listRoots().first().uri }
}

suspend fun main() {
    val client = Client.connect(server) {
        onSample { SampleResult.text("short", model = "demo") }
        roots(Root("file:///project"))
    }
    client.use {
        println(it.call<String>("summarize").data)
        println(it.call<String>("where").data)
    }
}
