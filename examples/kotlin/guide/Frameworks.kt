package dev.dovetail.examples.guide.frameworks

import dev.dovetail.Client
import dev.dovetail.ExchangeHead
import dev.dovetail.Limits
import dev.dovetail.Server
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.cio.CIO
import io.ktor.server.engine.embeddedServer
import io.ktor.server.request.httpMethod
import io.ktor.server.request.receiveChannel
import io.ktor.server.request.uri
import io.ktor.server.response.respondBytesWriter
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import io.ktor.util.flattenEntries
import io.ktor.utils.io.readRemaining
import io.ktor.utils.io.writeFully
import kotlinx.io.readByteArray
import kotlinx.serialization.Serializable

@Serializable
data class Add(val a: Int, val b: Int)

private val server = Server("demo") { tool<Add, Int>("add", "Add two numbers") { it.a + it.b } }

// A few lines mount a server in Ktor; they fit any other framework.
suspend fun ApplicationCall.handTo(server: Server) {
    val head = ExchangeHead(request.httpMethod.value, request.uri, request.headers.flattenEntries())
    val answer = server.exchange(head, receiveChannel().readRemaining(Limits.DEFAULT_BODY + 1L).readByteArray())
    val (own, others) = answer.headers.partition { (name, _) -> HttpHeaders.isUnsafe(name) }
    for ((name, value) in others) response.headers.append(name, value)
    val type = own.firstOrNull { (name, _) -> name == "content-type" }?.let { (_, value) -> ContentType.parse(value) }
    respondBytesWriter(type, HttpStatusCode.fromValue(answer.status)) {
        answer.chunks.collect { chunk ->
            writeFully(chunk)
            flush()
        }
    }
}

suspend fun main() {
    val ktor = embeddedServer(CIO, port = 0, host = "127.0.0.1") {
        routing { route("/mcp") { handle { call.handTo(server) } } }
    }.start()
    val port = ktor.engine.resolvedConnectors().first().port
    Client.connect("http://127.0.0.1:$port/mcp").use { println(it.call<Int>("add", Add(1, 2)).data) }
    ktor.stop()
}
