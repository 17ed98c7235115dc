package dev.dovetail

import dev.dovetail.conformance.server.server
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory

/** The same behaviour over every transport and in both eras, with a real server and a real client. */
class TransportsTest {
    private enum class Way { PROCESS, HTTP, STDIO }

    private val questions = CopyOnWriteArrayList<String>()
    private val answers: ClientOptions.() -> Unit = {
        onElicit { question ->
            questions += question.message
            if (question.message == "no") Elicitation.decline() else Elicitation.accept("answer" to "yes")
        }
    }

    private val behaviours: Map<String, suspend (Client) -> Unit> = mapOf(
        "typed calls" to { client ->
            assertEquals(5, client.call<Int>("add", mapOf("a" to 2, "b" to 3)).data)
            assertEquals("ä\"\\n€", client.call<String>("echo", mapOf("text" to "ä\"\\n€")).data)
        },
        "tools and their schemas" to { client ->
            val add = client.listTools().single { it.name == "add" }
            assertEquals("Adds two integers", add.description)
            assertEquals(setOf("type", "properties", "required"), add.inputSchema.keys)
            assertNotNull(add.outputSchema)
            assertEquals(null, client.listTools().single { it.name == "echo" }.outputSchema)
        },
        "progress in order and before the result" to { client ->
            val seen = mutableListOf<Progress>()
            assertEquals(3, client.call<Int>("count", mapOf("to" to 3)) { seen += it }.data)
            assertTrue(seen.isNotEmpty() && seen.map { it.progress } == seen.map { it.progress }.sorted())
            assertEquals(Progress(3.0, 3.0), seen.last())
        },
        "many calls at once" to { client ->
            kotlinx.coroutines.coroutineScope {
                val sums = (0 until 200).map { async { client.call<Int>("add", mapOf("a" to it, "b" to 1)).data } }
                assertEquals((1..200).toList(), sums.awaitAll())
            }
        },
        "cancelling reaches the handler" to { client ->
            kotlinx.coroutines.coroutineScope {
                val before = client.call<Int>("cancelled").data
                val waiting = launch(start = CoroutineStart.UNDISPATCHED) { client.call<String>("wait") }
                client.call<Int>("cancelled")
                waiting.cancel()
                while (client.call<Int>("cancelled").data <= before) kotlinx.coroutines.yield()
            }
        },
        "questions" to { client ->
            assertEquals("accepted: yes", client.call<String>("ask", mapOf("what" to "well?")).data)
            assertEquals("declined", client.call<String>("ask", mapOf("what" to "no")).data)
            assertEquals(listOf("well?", "no"), questions)
        },
        "errors" to { client ->
            val broken = failureOf { client.call<String>("fail") }
            assertEquals(ErrorCode.TOOL_ERROR to "it broke", broken.code to broken.detail)
            assertTrue(client.callRaw("fail").let { it.isError && it.text == "it broke" })
            assertTrue("nope" in failureOf { client.call<String>("nope") }.detail)
            assertTrue("a" in failureOf { client.call<Int>("add", mapOf("a" to "x", "b" to 1)) }.detail)
        },
        "a closed client" to { client ->
            client.close()
            assertEquals(ErrorCode.CLOSED, failureOf { client.listTools() }.code)
        },
    )

    @TestFactory
    fun behaviours(): List<DynamicTest> =
        Way.entries.flatMap { way ->
            listOf("auto", OLDER).flatMap { era ->
                behaviours.map { (name, behaviour) ->
                    DynamicTest.dynamicTest("$way $era: $name") {
                        timed {
                            questions.clear()
                            connected(way, era) { behaviour(it) }
                        }
                    }
                }
            }
        }

    private suspend fun connected(way: Way, era: String, use: suspend (Client) -> Unit) {
        val options: ClientOptions.() -> Unit = {
            answers()
            revision = era
        }
        when (way) {
            Way.PROCESS -> server().use { server -> Client.connect(server, options).use { use(it) } }
            Way.HTTP -> kotlinx.coroutines.coroutineScope {
                val url = CompletableDeferred<String>()
                server().use { server ->
                    val serving = launch { server.serve(Http("127.0.0.1:0")) { url.complete(it) } }
                    Client.connect(url.await(), options).use { use(it) }
                    serving.cancel()
                }
            }
            Way.STDIO -> Client.connect(
                program("dev.dovetail.conformance.server.ServerProgramKt", "--stdio"),
                options,
            ).use { use(it) }
        }
    }

    private companion object {
        const val OLDER = "2025-11-25"
    }
}
