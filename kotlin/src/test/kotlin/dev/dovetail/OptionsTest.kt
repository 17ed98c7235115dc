package dev.dovetail

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir

/** What servers and clients can be told, and that it counts. */
class OptionsTest {
    private fun Server.numbered(count: Int) = repeat(count) { number -> tool<Int>("tool$number") { number } }

    @Test
    fun `a full server is busy`() = timed {
        val running = CompletableDeferred<Unit>()
        val free = CompletableDeferred<Unit>()
        val server = Server("test") {
            limits = Limits(inFlight = 1)
            tool<Unit>("wait") {
                running.complete(Unit)
                free.await()
            }
        }
        Client.connect(server).use { client ->
            val waiting = async { client.call<Unit>("wait") }
            running.await()
            assertEquals("busy" to "temporary", failureOf { client.call<Unit>("wait") }.let { it.name to it.retry })
            free.complete(Unit)
            waiting.await()
        }
    }

    @Test
    fun `every limit is known to the core`() = timed {
        val time = 1.minutes
        val bounds = Limits(
            1 shl 20, 1 shl 20, 32, 4096, 8, 4, 4096, 64, 100, 128, time, time, time, 10, 10, 100, 1 shl 20, time,
        )
        val server = Server("test") {
            limits = bounds
            numbered(1)
        }
        val options: ClientOptions.() -> Unit = {
            limits = ClientLimits(
                1 shl 20, 1 shl 20, 32, 4096, 8, 4, 64, time, time, 10, 10, 10, 10, 1, 1, 64, time,
            )
        }
        Client.connect(server, options).use { assertEquals(0, it.call<Int>("tool0").data) }
        val none = Server("test") { limits = Limits(body = 0) }
        assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { Client.connect(none) }.code)
    }

    @TestFactory
    fun `all pages are walked`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("test") {
            pageSize = 2
            numbered(5)
        }
        reach.connected(server) { client ->
            assertEquals((0 until 5).map { "tool$it" }, client.listTools().map { it.name })
        }
    }

    @Test
    fun `a handler over its time is ended`() = timed {
        val ended = CompletableDeferred<Unit>()
        val server = Server("test") {
            callTimeout = 20.milliseconds
            tool<Unit>("wait") {
                try {
                    awaitCancellation()
                } finally {
                    ended.complete(Unit)
                }
            }
        }
        Client.connect(server).use { client ->
            assertEquals(ErrorCode.DEADLINE_EXCEEDED, failureOf { client.call<Unit>("wait") }.code)
            ended.await()
        }
    }

    @Test
    fun `keys for state are checked when the server opens`() = timed {
        val server = Server("test") { stateKeys = "no key" }
        assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { Client.connect(server) }.code)
        val good = Server("test") { stateKeys = "k1:${"A".repeat(43)}=" }
        Client.connect(good).use { it.ping() }
    }

    @Test
    fun `hints for caches travel`() = timed {
        val server = Server("test") {
            cache(Cacheable.READS, 1.minutes, CacheScope.PUBLIC)
            resource("test://text", "Text") { "text" }
        }
        Client.connect(server).use { client ->
            val raw = client.readResource("test://text").raw
            assertEquals("60000" to "\"public\"", raw["ttlMs"].toString() to raw["cacheScope"].toString())
        }
    }

    @Test
    fun `a tool that runs once still runs`() = timed {
        val runs = AtomicInteger()
        val server = Server("test") {
            tool<Int>("wipe", once = true, annotations = ToolAnnotations(destructive = true)) {
                if (confirm("Wipe?")) runs.incrementAndGet() else 0
            }
        }
        Client.connect(server) { onElicit { Elicitation.accept() } }.use { client ->
            assertEquals(1, client.call<Int>("wipe").data)
            assertEquals("""{"destructiveHint":true}""", client.listTools().single().annotations.toString())
        }
        assertEquals(1, runs.get())
    }

    @Test
    fun `the oldest transport is served when it is wanted`() = timed {
        val server = Server("test") { numbered(1) }
        server.use {
            val url = CompletableDeferred<String>()
            val serving = launch { server.serve(Http("127.0.0.1:0", sse = true)) { url.complete(it) } }
            val old = url.await().removeSuffix("/mcp") + "/sse"
            Client.connect(old) { revision = "2024-11-05" }.use { client ->
                assertEquals("2024-11-05", client.serverInfo().revision)
                assertEquals(0, client.call<Int>("tool0").data)
            }
            serving.cancel()
        }
    }

    @Test
    fun `a program that ends at once is started again only when that is wanted`(@TempDir folder: Path) = timed {
        suspend fun starts(respawn: Boolean): Int {
            val starts = folder.resolve("starts-$respawn")
            val script = "echo start >> '$starts'; exit 3"
            val command = Command("sh", listOf("-c", script), respawn = respawn)
            assertNotEquals("", failureOf { Client.connect(command) }.detail)
            return Files.readAllLines(starts).size
        }
        assertEquals(2, starts(respawn = true))
        assertEquals(1, starts(respawn = false))
    }

    @Test
    fun `nothing comes back as nothing`() = timed {
        val server = Server("test") { tool<Unit>("work") { } }
        Client.connect(server).use { assertTrue(it.call<Unit>("work").data == Unit) }
    }
}
