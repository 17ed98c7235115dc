package dev.dovetail

import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Layers around what comes in and what goes out. */
class LayersTest {
    @Serializable
    data class Add(val a: Int, val b: Int)

    private val seen = CopyOnWriteArrayList<String>()

    private fun noting(name: String): Layer = { message, next ->
        seen += "$name ${message.method}"
        try {
            next(message).also { seen += "$name done" }
        } catch (failure: DovetailError) {
            seen += "$name ${failure.name}"
            throw failure
        }
    }

    private fun Server.add() = tool<Add, Int>("add") { it.a + it.b }

    private val answer = Json.parseToJsonElement("""{"content":[{"type":"text","text":"own"}]}""").jsonObject

    @TestFactory
    fun `layers run in order and see the outcome in reverse`(): List<DynamicTest> = everyReach { reach ->
        seen.clear()
        val server = Server("test") {
            layer("tools/call", layer = noting("outer"))
            layer("tools/call", layer = noting("inner"))
            add()
        }
        reach.connected(server) { client ->
            assertEquals(3, client.call<Int>("add", Add(1, 2)).data)
            val calls = listOf("outer tools/call", "inner tools/call")
            assertEquals(calls + listOf("inner done", "outer done"), seen)
            seen.clear()
            assertEquals(ErrorCode.UNKNOWN_TOOL, failureOf { client.call<Int>("none") }.code)
            assertEquals(calls + listOf("inner unknown_tool", "outer unknown_tool"), seen)
        }
    }

    @TestFactory
    fun `a layer changes what goes in and what comes out`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("test") {
            layer("tools/call") { message, next ->
                when ((message.params["arguments"] as JsonObject)["a"]) {
                    JsonPrimitive(1) -> {
                        val arguments = JsonObject(mapOf("a" to JsonPrimitive(10), "b" to JsonPrimitive(10)))
                        next(message.copy(params = JsonObject(message.params + ("arguments" to arguments))))
                    }
                    JsonPrimitive(2) -> {
                        next(message)
                        answer
                    }
                    JsonPrimitive(3) -> answer
                    JsonPrimitive(4) -> throw DovetailError(ErrorCode.FORBIDDEN, "not you")
                    JsonPrimitive(5) -> error("secret")
                    else -> next(message)
                }
            }
            add()
        }
        reach.connected(server) { client ->
            assertEquals(20, client.call<Int>("add", Add(1, 1)).data)
            assertEquals("own", client.callRaw("add", Add(2, 1)).text)
            assertEquals("own", client.callRaw("add", Add(3, 1)).text)
            assertEquals("not you", failureOf { client.call<Int>("add", Add(4, 1)) }.detail)
            assertFalse("secret" in failureOf { client.call<Int>("add", Add(5, 1)) }.detail)
            assertEquals(7, client.call<Int>("add", Add(6, 1)).data)
        }
    }

    @TestFactory
    fun `layers of a client see what goes out`(): List<DynamicTest> = everyReach { reach ->
        seen.clear()
        val options: ClientOptions.() -> Unit = {
            layer("tools/call", layer = noting("client"))
            layer("resources/read") { message, _ ->
                if (!message.notification) throw DovetailError(ErrorCode.FORBIDDEN, "stays here")
                null
            }
        }
        reach.connected(Server("test") { add() }, options) { client ->
            assertEquals(3, client.call<Int>("add", Add(1, 2)).data)
            assertEquals(listOf("client tools/call", "client done"), seen)
            assertEquals(ErrorCode.FORBIDDEN, failureOf { client.readResource("test://any") }.code)
        }
    }

    @Test
    fun `a layer of a client drops notifications`() = timed {
        val server = Server("test") {
            resource("test://a", "a") { "a" }
            resource("test://b", "b") { "b" }
        }
        val dropping: ClientOptions.() -> Unit = {
            layer { message, next ->
                if (message.notification && message.params["uri"] == JsonPrimitive("test://a")) null else next(message)
            }
        }
        Client.connect(server, dropping).use { client ->
            val changes = client.listen(uris = listOf("test://a", "test://b")) {
                server.resourceUpdated("test://a")
                server.resourceUpdated("test://b")
            }
            assertEquals("test://b", changes.first().uri)
        }
    }

    @Test
    fun `a call that is cancelled ends its layer`() = timed {
        val begun = CompletableDeferred<Unit>()
        val ended = CompletableDeferred<Unit>()
        val server = Server("test") {
            layer("tools/call") { message, next ->
                try {
                    begun.complete(Unit)
                    next(message)
                } finally {
                    ended.complete(Unit)
                }
            }
            tool<Unit>("wait") { awaitCancellation() }
        }
        Client.connect(server).use { client ->
            val call = launch(start = CoroutineStart.UNDISPATCHED) { client.call<Unit>("wait") }
            begun.await()
            call.cancel()
            ended.await()
        }
    }

    @Test
    fun `layers run when every place for handlers is taken`() = timed {
        val begun = CountDownLatch(1)
        val released = CountDownLatch(1)
        val one = Executors.newSingleThreadExecutor().asCoroutineDispatcher()
        val server = Server("test", dispatcher = one) {
            layer("tools/call") { message, next ->
                if (message.params["name"] == JsonPrimitive("own")) answer else next(message)
            }
            tool<Unit>("block") {
                begun.countDown()
                released.await()
            }
            tool<Unit>("own") { }
        }
        Client.connect(server).use { client ->
            val call = launch(start = CoroutineStart.UNDISPATCHED) { client.call<Unit>("block") }
            withContext(Dispatchers.IO) { begun.await() }
            assertEquals("own", client.callRaw("own").text)
            released.countDown()
            call.join()
        }
        one.close()
    }

    @Test
    fun `a layer comes before the first use`() = timed {
        val server = Server("test")
        Client.connect(server).use {
            assertEquals(ErrorCode.INVALID_STATE, failureOf { server.layer { message, next -> next(message) } }.code)
        }
    }

    @TestFactory
    fun `resources and prompts refuse by name`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("test") {
            resource("test://gone", "gone") {
                if (true) throw DovetailError(ErrorCode.UNKNOWN_RESOURCE, "it is gone")
                ""
            }
            prompt<Add, String>("sum") { "${it.a + it.b}" }
        }
        reach.connected(server) { client ->
            val gone = failureOf { client.readResource("test://gone") }
            assertEquals(ErrorCode.UNKNOWN_RESOURCE to "it is gone", gone.code to gone.detail)
            assertEquals("3", client.getPrompt("sum", mapOf("a" to "1", "b" to "2")).messages.single().content.text)
            val wrong = failureOf { client.getPrompt("sum", mapOf("a" to "one", "b" to "2")) }
            assertEquals(ErrorCode.INVALID_PARAMS, wrong.code)
            assertTrue("sum" in wrong.detail, wrong.detail)
        }
    }
}
