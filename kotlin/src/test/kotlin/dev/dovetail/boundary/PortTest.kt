package dev.dovetail.boundary

import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import dev.dovetail.decode
import dev.dovetail.failureOf
import dev.dovetail.generated.Shapes
import dev.dovetail.timed
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.serialization.json.JsonObject
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The pump over the loopback session of the native layer. */
class PortTest {
    private class Recorder(val onCall: (Port, Long, Int, ByteArray) -> Unit = { _, _, _, _ -> }) : Listener {
        val cancelled = CompletableDeferred<Long>()
        val closed = CountDownLatch(1)

        override fun call(port: Port, call: Long, target: Int, payload: ByteArray) = onCall(port, call, target, payload)

        override fun cancelled(call: Long) {
            cancelled.complete(call)
        }

        val lines = AtomicInteger()

        override fun log(payload: ByteArray) {
            lines.incrementAndGet()
        }

        override fun closed() = closed.countDown()
    }

    private val opened = mutableListOf<Port>()

    private fun open(listener: Listener = Recorder()): Port =
        Port(crossing { Library.runtime.testkitOpen() }, "test", listener).also {
            it.start(relieved = false)
            opened += it
        }

    private suspend fun Port.ask(operation: String, params: String = "{}"): String =
        run { key -> request(key, operation, params.encodeToByteArray(), EMPTY) }.decodeToString()

    @AfterEach
    fun closeAll() = opened.forEach { it.close(0) }

    @Test
    fun `a request comes back`() = timed {
        val text = """{"text":"ä\"\\n€ 👋"}"""
        assertEquals(text, open().ask("echo", text))
    }

    @Test
    fun `8 MB come back whole, and the pump goes on`() = timed {
        val port = open()
        val text = """{"text":"${"x".repeat(8 * 1024 * 1024)}"}"""
        assertEquals(text, port.ask("echo", text))
        assertEquals("{}", port.ask("echo"))
    }

    @Test
    fun `every code arrives with its name`() = timed {
        val port = open()
        val codes = (1..99).mapNotNull { number -> ErrorCode.nameOf(number)?.let { number to it } }
        assertEquals(34, codes.size)
        for ((number, name) in codes) {
            val error = failureOf { port.ask("fail", """{"code":$number}""") }
            assertEquals(number, error.code)
            assertEquals(name, error.name)
            assertEquals("failed on demand", error.detail)
        }
    }

    @Test
    fun `a panic is an error and the session goes on`() = timed {
        val port = open()
        assertEquals(ErrorCode.PANIC, failureOf { port.ask("panic") }.code)
        assertEquals("{}", port.ask("echo"))
    }

    @Test
    fun `a refused operation leaves nothing behind`() = timed {
        val port = open()
        assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { port.ask("nothing of the kind") }.code)
        assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { port.ask("echo", "[1]") }.code)
        assertEquals(null, port.operation(Port.CONNECT_KEY + 1))
    }

    @Test
    fun `cancelling the coroutine cancels the operation`() = timed {
        val port = open()
        val waiting = async(start = CoroutineStart.UNDISPATCHED) { port.ask("never") }
        waiting.cancel()
        assertThrows(CancellationException::class.java) { kotlinx.coroutines.runBlocking { waiting.await() } }
        assertEquals("{}", port.ask("echo"))
        val status = decode(JsonObject.serializer(), port.uniffi.status())
        assertEquals("0", status["ops"].toString())
    }

    @Test
    fun `a call is answered once and a late answer is stale`() = timed {
        val late = CompletableDeferred<DovetailError>()
        val port = open(
            Recorder { port, call, target, payload ->
                Thread {
                    port.reply(call, Shapes.VALUE, "[$target,${payload.decodeToString()}]".encodeToByteArray())
                    val again = { port.reply(call, Shapes.VALUE, "1".encodeToByteArray()) }
                    late.complete(assertThrows(DovetailError::class.java, again))
                }.start()
            },
        )
        assertEquals("""{"value":[7,{"a":1}]}""", port.ask("call", """{"target":7,"arguments":{"a":1}}"""))
        assertEquals(ErrorCode.STALE_CALL, late.await().code)
    }

    @Test
    fun `a reply that is no JSON is refused and the call still waits`() = timed {
        val refused = CompletableDeferred<Int>()
        val port = open(
            Recorder { port, call, _, _ ->
                Thread {
                    refused.complete(
                        assertThrows(DovetailError::class.java) {
                            port.reply(call, Shapes.VALUE, byteArrayOf(0xff.toByte()))
                        }.code,
                    )
                    port.fail(call, """{"detail":"gave up"}""".encodeToByteArray())
                }.start()
            },
        )
        assertEquals("""{"tool":"gave up"}""", port.ask("call", """{"target":0,"arguments":{}}"""))
        assertEquals(ErrorCode.INVALID_ARGUMENT, refused.await())
    }

    @Test
    fun `replies from the pump leave as one batch, and a failing listener spoils none of them`() = timed {
        val seen = AtomicInteger()
        val port = open(
            Recorder { port, call, target, payload ->
                port.reply(call, Shapes.VALUE, payload)
                check(target % 100 != 0 || seen.incrementAndGet() < 0) { "on purpose" }
            },
        )
        val answers = coroutineScope {
            (0 until 500).map { number ->
                async { port.ask("call", """{"target":$number,"arguments":{"n":$number}}""") }
            }.awaitAll()
        }
        assertEquals((0 until 500).map { """{"value":{"n":$it}}""" }, answers)
        assertEquals(5, seen.get())
    }

    @Test
    fun `a call that its caller abandons is announced as cancelled`() = timed {
        val recorder = Recorder()
        val port = open(recorder)
        port.ask("abandon")
        val call = recorder.cancelled.await()
        assertEquals(ErrorCode.STALE_CALL, failureOf { port.callInfo(call) }.code)
    }

    @Test
    fun `ten thousand events arrive`() = timed {
        val recorder = Recorder()
        open(recorder).ask("flood", """{"count":10000}""")
        assertEquals(10_000, recorder.lines.get())
    }

    @Test
    fun `closing ends what is under way, twice is once, and nothing goes on afterwards`() = timed {
        val recorder = Recorder()
        val port = open(recorder)
        val waiting = async(start = CoroutineStart.UNDISPATCHED) { failureOf { port.ask("never") } }
        port.close(0)
        assertEquals(ErrorCode.CLOSED, waiting.await().code)
        assertTrue(recorder.closed.await(5, TimeUnit.SECONDS))
        port.close(0)
        assertEquals(ErrorCode.CLOSED, failureOf { port.ask("echo") }.code)
    }
}
