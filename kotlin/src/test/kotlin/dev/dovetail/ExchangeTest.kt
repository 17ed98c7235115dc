package dev.dovetail

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.fold
import kotlinx.coroutines.launch
import kotlinx.serialization.Serializable
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** HTTP requests without a socket. */
class ExchangeTest {
    @Serializable
    data class Add(val a: Int, val b: Int)

    private val gone = CompletableDeferred<Unit>()

    private fun server() = Server("test") {
        tool<Add, Int>("add") { it.a + it.b }
        tool<Unit>("wait") {
            try {
                progress(1)
                awaitCancellation()
            } finally {
                gone.complete(Unit)
            }
        }
    }

    private fun head(tool: String, host: String = "127.0.0.1"): ExchangeHead = ExchangeHead(
        "POST",
        "/mcp",
        listOf(
            "Host" to host,
            "Content-Type" to "application/json",
            "Accept" to "application/json, text/event-stream",
            "MCP-Protocol-Version" to REVISION,
            "Mcp-Method" to "tools/call",
            "Mcp-Name" to tool,
        ),
    )

    private fun body(tool: String, arguments: String): ByteArray =
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"$tool","arguments":$arguments,
            "_meta":{"progressToken":"p","$META/protocolVersion":"$REVISION","$META/clientCapabilities":{},
            "$META/clientInfo":{"name":"test","version":"1"}}}}""".encodeToByteArray()

    private suspend fun ExchangeResponse.text(): String =
        chunks.fold(ByteArray(0)) { text, chunk -> text + chunk }.decodeToString()

    @Test
    fun `a request in, a response out`() = timed {
        server().use { server ->
            val response = server.exchange(head("add"), body("add", SUM))
            assertEquals(200, response.status)
            assertTrue("content-type" to "application/json" in response.headers)
            assertTrue(""""structuredContent":3""" in response.text())
        }
    }

    @Test
    fun `what is not for the endpoint is refused with a status`() = timed {
        server().use { server ->
            assertEquals(405, server.exchange(ExchangeHead("PUT", "/mcp", listOf("Host" to "localhost"))).status)
            assertEquals(403, server.exchange(head("add", "example.com"), body("add", "{}")).status)
            val error = failureOf { server.exchange(ExchangeHead("NO METHOD", "/mcp", emptyList())) }
            assertEquals(ErrorCode.INVALID_ARGUMENT, error.code)
        }
    }

    @Test
    fun `hosts and origins can be allowed`() = timed {
        val server = server()
        server.mount(allowedHosts = listOf("mcp.example.com"), allowedOrigins = listOf("https://app.example.com"))
        server.use {
            suspend fun status(host: String, origin: String): Int {
                val head = head("add", host)
                val headers = head.headers + ("Origin" to origin)
                return server.exchange(head.copy(headers = headers), body("add", SUM)).status
            }
            assertEquals(200, status("mcp.example.com", "https://app.example.com"))
            assertEquals(403, status("example.com", "https://app.example.com"))
            assertEquals(403, status("mcp.example.com", "https://evil.example.com"))
            assertEquals(200, status("mcp.example.com", "https://app.example.com"))
        }
    }

    @Test
    fun `whoever stops collecting has gone`() = timed {
        server().use { server ->
            val response = server.exchange(head("wait"), body("wait", "{}"))
            assertTrue("progress" in response.chunks.first().decodeToString())
            gone.await()
        }
    }

    @Test
    fun `whoever is cancelled before the head comes has gone`() = timed {
        val running = CompletableDeferred<Unit>()
        val silent = Server("test") {
            tool<Unit>("wait") {
                running.complete(Unit)
                try {
                    awaitCancellation()
                } finally {
                    gone.complete(Unit)
                }
            }
        }
        silent.use { server ->
            val request = launch(start = CoroutineStart.UNDISPATCHED) {
                server.exchange(head("wait"), body("wait", "{}"))
            }
            running.await()
            request.cancelAndJoin()
            gone.await()
        }
    }

    @Test
    fun `closing the server ends an exchange with an error`() = timed {
        val server = server()
        val response = server.exchange(head("wait"), body("wait", "{}"))
        server.close(kotlin.time.Duration.ZERO)
        assertEquals(ErrorCode.CLOSED, failureOf { response.text() }.code)
    }

    private companion object {
        const val SUM = """{"a":1,"b":2}"""
        const val REVISION = "2026-07-28"
        const val META = "io.modelcontextprotocol"
    }
}
