package dev.dovetail

import java.util.concurrent.CountDownLatch
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.yield
import kotlinx.serialization.Serializable
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Handlers run where their server says, and never hold up the others for good. */
class PumpTest {
    @Serializable
    data class Number(val number: Int)

    @Test
    fun `by default a handler starts on the thread that reads and goes on elsewhere`() = timed {
        val server = Server("test") {
            tool<String>("start") { Thread.currentThread().name }
            tool<String>("later") {
                yield()
                Thread.currentThread().name
            }
        }
        Client.connect(server).use { client ->
            assertTrue(client.call<String>("start").data.startsWith("dovetail-server"))
            assertTrue("Dispatcher" in client.call<String>("later").data)
        }
    }

    @TestFactory
    fun `a handler that blocks does not stop the others`(): List<DynamicTest> =
        listOf(null, Dispatchers.Unconfined, Dispatchers.IO).map { dispatcher ->
            DynamicTest.dynamicTest("on $dispatcher") {
                timed {
                    val released = CountDownLatch(BLOCKED)
                    val server = Server("test", dispatcher = dispatcher) {
                        tool<Number, Int>("block") {
                            released.countDown()
                            released.await()
                            it.number
                        }
                        tool<Number, Int>("echo") { it.number }
                    }
                    Client.connect(server).use { client ->
                        // Each waits for all: they come back only when all of them run at once.
                        val blocked = (1..BLOCKED).map { async { client.call<Int>("block", Number(it)).data } }
                        val others = (1..100).map { async { client.call<Int>("echo", Number(it)).data } }
                        assertEquals((1..100).toList(), others.awaitAll())
                        assertEquals((1..BLOCKED).toList(), blocked.awaitAll())
                        assertEquals(7, client.call<Int>("echo", Number(7)).data)
                    }
                }
            }
        }

    @Test
    fun `handlers that compute are spread over threads`() = timed {
        val server = Server("test") {
            tool<String>("compute") {
                val begin = System.nanoTime()
                while (System.nanoTime() - begin < 3_000_000) Thread.onSpinWait()
                Thread.currentThread().name
            }
        }
        Client.connect(server).use { client ->
            val names = (1..40).map { async { client.call<String>("compute").data } }.awaitAll()
            assertTrue(names.any { it.startsWith("dovetail-server") } && names.any { "Dispatcher" in it }, "$names")
        }
    }

    @Test
    fun `a handler that blocks is cancelled like any other`() = timed {
        val begun = CountDownLatch(1)
        val seen = CountDownLatch(1)
        val server = Server("test") {
            tool<Unit>("block") {
                begun.countDown()
                while (!cancelled) Thread.onSpinWait()
                seen.countDown()
            }
        }
        Client.connect(server).use { client ->
            val call = launch(start = CoroutineStart.UNDISPATCHED) { client.call<Unit>("block") }
            kotlinx.coroutines.withContext(Dispatchers.IO) { begun.await() }
            call.cancel()
            kotlinx.coroutines.withContext(Dispatchers.IO) { seen.await() }
        }
    }

    private companion object {
        const val BLOCKED = 5
    }
}
