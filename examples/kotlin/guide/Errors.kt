package dev.dovetail.examples.guide.errors

import dev.dovetail.Client
import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import dev.dovetail.Server
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.awaitCancellation

private val server = Server("demo") {
    tool<Unit>("save") { error("the disk is full") }
    tool<Unit>("wait") { awaitCancellation() }
}

suspend fun main() {
    Client.connect(server).use { client ->
        try {
            client.call<Unit>("save")
        } catch (error: DovetailError) {
            println("${error.name}: ${error.detail}")
        }
        try {
            client.call<Unit>("nothing")
        } catch (error: DovetailError) {
            println(error.name)
        }
        try {
            client.call<Unit>("wait", timeout = 50.milliseconds)
        } catch (error: DovetailError) {
            if (error.code == ErrorCode.DEADLINE_EXCEEDED) println(error.name)
        }
    }
}
