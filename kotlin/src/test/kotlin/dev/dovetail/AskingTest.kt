package dev.dovetail

import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.channels.Channel
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory

/** What handlers ask and say while they run, and how clients answer. */
class AskingTest {
    @Serializable
    data class Who(val name: String = "nobody")

    private val answers: ClientOptions.() -> Unit = {
        onElicit { question -> Elicitation.accept(JsonObject(question.defaults + ("name" to JsonPrimitive("Ada")))) }
        onElicitUrl { page -> if ("pay" in page.url) Elicitation.Action.ACCEPT else Elicitation.Action.DECLINE }
        onSample { request -> SampleResult.text("${request.messages.single().content.single().text}!", "echo") }
        roots(Root("file:///work", "Work"), Root("file:///home"))
    }

    @TestFactory
    fun `every kind of question`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("asking") {
            tool<String>("page") {
                "${elicitUrl("Pay", "https://example.com/pay")} ${elicitUrl("See", "https://example.com")}"
            }
            tool<String>("model") { sample(SampleRequest("hi", 10)).let { "${it.model}: ${it.text}" } }
            tool<String>("places") { listRoots().joinToString { "${it.uri} ${it.name}" } }
        }
        reach.connected(server, answers) { client ->
            assertEquals("ACCEPT DECLINE", client.call<String>("page").data)
            assertEquals("echo: hi!", client.call<String>("model").data)
            assertEquals("file:///work Work, file:///home null", client.call<String>("places").data)
        }
    }

    @TestFactory
    fun `several questions at once, in tools, prompts and resources`(): List<DynamicTest> = everyReach { reach ->
        suspend fun Context.several(): String {
            val answers = ask {
                form<Who>("who", "Who?")
                url("page", "Pay", "https://example.com/pay")
                sample("model", SampleRequest("hi", 10))
                roots("places")
            }
            return listOf(
                answers.form<Who>("who").content?.name, answers.url("page"), answers.sample("model").text,
                answers.roots("places").size,
            ).joinToString()
        }
        val server = Server("asking") {
            tool<String>("tool") { several() }
            prompt<String>("prompt") { several() }
            resource("test://asks", "Asks") { several() }
        }
        reach.connected(server, answers) { client ->
            val expected = "Ada, ACCEPT, hi!, 2"
            assertEquals(expected, client.call<String>("tool").data)
            assertEquals(expected, client.getPrompt("prompt").messages.single().content.text)
            assertEquals(expected, client.readResource("test://asks").text)
        }
    }

    @TestFactory
    fun `a step happens once`(): List<DynamicTest> = everyReach { reach ->
        val runs = AtomicInteger()
        val steps = AtomicInteger()
        val server = Server("asking") {
            tool<Int>("twice") {
                runs.incrementAndGet()
                val first = step("first") { steps.incrementAndGet() }
                elicit<Who>("who?")
                first + step("second") { steps.incrementAndGet() }
            }
        }
        reach.connected(server, answers) { client -> assertEquals(3, client.call<Int>("twice").data) }
        assertEquals(2 to if (reach.modern) 2 else 1, steps.get() to runs.get())
    }

    @TestFactory
    fun `a client that cannot answer is refused, by every kind`(): List<DynamicTest> = everyReach { reach ->
        val runs = AtomicInteger()
        val server = Server("asking") {
            for (kind in Ask.entries) tool<Int>(kind.name, asks = setOf(kind)) { runs.incrementAndGet() }
        }
        reach.connected(server) { client ->
            for (kind in Ask.entries) {
                assertEquals(ErrorCode.MISSING_CLIENT_CAPABILITY, failureOf { client.call<Int>(kind.name) }.code)
            }
        }
        assertEquals(0, runs.get())
    }

    @TestFactory
    fun `log messages arrive from the level that was asked for`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("talking") {
            tool<String>("talk") {
                log(LogLevel.DEBUG, "quiet")
                log(LogLevel.WARNING, mapOf("left" to 3), logger = "disk")
                "done"
            }
        }
        val heard = CopyOnWriteArrayList<LogMessage>()
        val arrived = Channel<Unit>(Channel.UNLIMITED)
        val options: ClientOptions.() -> Unit = {
            if (reach.modern) logLevel = LogLevel.INFO
            onLog {
                heard += it
                arrived.send(Unit)
            }
        }
        reach.connected(server, options) { client ->
            if (!reach.modern) client.setLogLevel(LogLevel.INFO)
            client.call<String>("talk")
            arrived.receive()
            client.call<String>("talk")
            arrived.receive()
        }
        val expected = LogMessage(LogLevel.WARNING, JsonObject(mapOf("left" to JsonPrimitive(3))), "disk")
        assertEquals(listOf(expected, expected), heard)
    }

    @TestFactory
    fun `the suggested answer of a form`(): List<DynamicTest> = everyReach { reach ->
        val seen = CopyOnWriteArrayList<Question>()
        val schema = JsonObject(
            mapOf(
                "type" to JsonPrimitive("object"),
                "properties" to JsonObject(
                    mapOf(
                        "age" to JsonObject(mapOf("type" to JsonPrimitive("integer"), "default" to JsonPrimitive(30))),
                        "note" to JsonObject(mapOf("type" to JsonPrimitive("string"))),
                    ),
                ),
            ),
        )
        val server = Server("asking") { tool<String>("form") { elicit("Age?", schema).content.toString() } }
        val options: ClientOptions.() -> Unit = {
            onElicit { question ->
                seen += question
                Elicitation.accept(question.defaults)
            }
        }
        reach.connected(server, options) { assertEquals("""{"age":30}""", it.call<String>("form").data) }
        assertTrue(seen.single().message == "Age?")
    }
}
