package dev.dovetail

import java.lang.ref.WeakReference
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.launch
import kotlinx.coroutines.yield
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Servers and clients of one process. */
class ServerTest {
    @Serializable
    data class Add(val a: Int, val b: Int = 1)

    @Serializable
    data class Sum(val sum: Int, val note: String? = null)

    @Serializable
    data class Confirmed(val sure: Boolean)

    @Test
    fun `a class in, a class out`() = timed {
        val server = Server("test") { tool<Add, Sum>("add", "Adds") { Sum(it.a + it.b) } }
        Client.connect(server).use { client ->
            val result = client.call<Sum>("add", Add(2, 3))
            assertEquals(Sum(5), result.data)
            assertEquals("""{"sum":5,"note":null}""", result.structured.toString())
            assertEquals(Sum(3), client.call<Sum>("add", buildJsonObject { put("a", 2) }).data)
        }
    }

    @Test
    fun `nothing in, nothing out`() = timed {
        val runs = AtomicInteger()
        val server = Server("test") { tool<Unit>("run") { runs.incrementAndGet() } }
        Client.connect(server).use { it.callRaw("run") }
        assertEquals(1, runs.get())
    }

    @Test
    fun `handlers on the thread of the pump`() = timed {
        val server = Server("test", dispatcher = Dispatchers.Unconfined) { tool<Add, Int>("add") { it.a + it.b } }
        Client.connect(server).use { client ->
            val sums = (1..100).map { async { client.call<Int>("add", Add(it, it)).data } }
            assertEquals((1..100).map { it * 2 }, sums.map { it.await() })
        }
    }

    @Test
    fun `one failing handler does not fail the others`() = timed {
        val server = Server("test") {
            tool<Add, Int>("add") { if (it.a % 2 == 0) throw StackOverflowError() else it.a }
        }
        Client.connect(server).use { client ->
            val calls = (1..100).map { async { runCatching { client.call<Int>("add", Add(it)).data } } }
            val (odd, even) = calls.map { it.await() }.partition { it.isSuccess }
            assertEquals(50, odd.size)
            val details = even.map { (it.exceptionOrNull() as DovetailError).detail }
            assertEquals(setOf("StackOverflowError"), details.toSet())
        }
    }

    @Test
    fun `a timeout of a call cancels its handler`() = timed {
        val cancelled = CompletableDeferred<Boolean>()
        val server = Server("test") {
            tool<Unit>("wait") {
                try {
                    awaitCancellation()
                } finally {
                    cancelled.complete(this.cancelled)
                }
            }
        }
        Client.connect(server).use { client ->
            val error = failureOf { client.call<Unit>("wait", timeout = 50.milliseconds) }
            assertEquals(ErrorCode.DEADLINE_EXCEEDED to "temporary", error.code to error.retry)
            assertTrue(cancelled.await())
        }
    }

    @Test
    fun `a context knows its call`() = timed {
        val server = Server("test") {
            tool<String>("who") { "${info.name} ${info.client?.get("name")} ${info.progress}" }
        }
        Client.connect(server) { name = "somebody" }.use { client ->
            assertEquals("""who "somebody" false""", client.call<String>("who").data)
        }
    }

    @Test
    fun `typed questions, schemas of one's own, and yes or no`() = timed {
        val server = Server("test") {
            tool<String>("typed") { elicit<Confirmed>("sure?").content.toString() }
            tool<String>("own") { elicit("sure?", JsonObject(mapOf("type" to JsonPrimitive("object")))).action.name }
            tool<String>("simple") { if (confirm("sure?")) "yes" else "no" }
        }
        val yes: ClientOptions.() -> Unit = {
            onElicit { question ->
                assertEquals("sure?", question.message)
                val members = question.schema["properties"] as JsonObject?
                Elicitation.accept(members.orEmpty().mapValues { true })
            }
        }
        Client.connect(server, yes).use { client ->
            assertEquals("Confirmed(sure=true)", client.call<String>("typed").data)
            assertEquals("ACCEPT", client.call<String>("own").data)
            assertEquals("yes", client.call<String>("simple").data)
        }
        Client.connect(server) { onElicit { Elicitation.decline() } }.use { client ->
            assertEquals("null", client.call<String>("typed").data)
            assertEquals("no", client.call<String>("simple").data)
        }
    }

    @Test
    fun `a handler that swallows everything is run again all the same`() = timed {
        val runs = AtomicInteger()
        val caught = mutableListOf<String>()
        val server = Server("test") {
            tool<String>("stubborn") {
                runs.incrementAndGet()
                try {
                    "asked: ${confirm("sure?")}"
                } catch (everything: Throwable) {
                    caught += everything.javaClass.simpleName
                    "swallowed"
                }
            }
        }
        Client.connect(server) { onElicit { Elicitation.decline() } }.use { client ->
            assertEquals("asked: false", client.call<String>("stubborn").data)
        }
        assertEquals(2, runs.get())
        assertEquals(listOf("Suspended"), caught)
    }

    @Test
    fun `a client that cannot be asked is refused`() = timed {
        val runs = AtomicInteger()
        val server = Server("test") {
            tool<String>("declared", asks = setOf(Ask.FORM)) { confirm("sure? ${runs.incrementAndGet()}").toString() }
        }
        Client.connect(server).use { client ->
            assertEquals(ErrorCode.MISSING_CLIENT_CAPABILITY, failureOf { client.call<String>("declared") }.code)
        }
        assertEquals(0, runs.get())
    }

    @Test
    fun `a failing handler of questions ends the call`() = timed {
        val server = Server("test") { tool<String>("ask") { confirm("sure?").toString() } }
        Client.connect(server) { onElicit { error("no idea") } }.use { client ->
            assertTrue("no idea" in failureOf { client.call<String>("ask") }.detail)
        }
    }

    @Test
    fun `a string is never a command`() = timed {
        for (target in listOf("ls", "npx -y x", "file:///bin/ls", "")) {
            assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { Client.connect(target).close() }.code, target)
        }
    }

    @Test
    fun `nobody at the address`() = timed {
        assertEquals(ErrorCode.TRANSPORT, failureOf { Client.connect("http://127.0.0.1:9/mcp").close() }.code)
    }

    @Test
    fun `tools come before the first use, names once`() = timed {
        val server = Server("test") { tool<Int>("one") { 1 } }
        Client.connect(server).use {
            assertEquals(
                ErrorCode.INVALID_STATE,
                assertThrows(DovetailError::class.java) { server.tool<Int>("two") { 2 } }.code,
            )
        }
        val twice = Server("test") {
            tool<Int>("one") { 1 }
            tool<Int>("one") { 2 }
        }
        assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { Client.connect(twice).close() }.code)
    }

    @Test
    fun `closing a server ends its serving, and nothing starts afterwards`() = timed {
        val server = Server("test") { tool<Int>("one") { 1 } }
        val listening = CompletableDeferred<String>()
        val serving = launch { server.serve(Http("127.0.0.1:0")) { listening.complete(it) } }
        listening.await()
        server.close()
        serving.join()
        assertFalse(serving.isCancelled)
        server.close()
        assertEquals(ErrorCode.CLOSED, failureOf { server.serve(Stdio) }.code)
    }

    @Test
    fun `an address that is taken is an error`() = timed {
        val server = Server("test") { tool<Int>("one") { 1 } }
        val listening = CompletableDeferred<String>()
        val serving = launch { server.serve(Http("127.0.0.1:0")) { listening.complete(it) } }
        val address = listening.await().removePrefix("http://").substringBefore('/')
        Server("second").use { second ->
            assertEquals(ErrorCode.TRANSPORT, failureOf { second.serve(Http(address)) }.code)
        }
        serving.cancel()
    }

    @Test
    fun `a forgotten client is closed`() = timed {
        val server = Server("test") { tool<Int>("one") { 1 } }
        val before = pumps()
        forget(server)
        assertTrue(pumps() > before)
        while (pumps() > before) {
            System.gc()
            yield()
        }
    }

    private suspend fun forget(server: Server) = assertEquals(1, Client.connect(server).call<Int>("one").data)

    private fun pumps(): Int = Thread.getAllStackTraces().keys.count { it.name == "dovetail-client" }
}
