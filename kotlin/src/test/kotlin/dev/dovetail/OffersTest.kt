package dev.dovetail

import kotlinx.coroutines.flow.first
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Resources, prompts, completions, and what tools say beyond a value. */
class OffersTest {
    @Serializable
    data class User(val id: Int)

    @Serializable
    data class Review(@Description("What to review") val code: String, val tone: String = "kind")

    @Serializable
    data class Numbers(val count: Int, val loud: Boolean = false)

    @Serializable
    data class Names(val names: List<String>)

    private val bytes = byteArrayOf(0, -1, 7)

    private fun server() = Server("offers") {
        resource("test://text", "Text", "Never changes", "text/plain", title = "A text", size = 4) { "text" }
        resource("test://bytes", "Bytes", mimeType = "image/png") { bytes }
        resource("test://parts", "Parts") {
            listOf(ResourceContents.text("one", uri = "test://parts/1"), ResourceContents.text("two"))
        }
        resourceTemplate<User, String>(
            "test://users/{id}", "Users", completers = mapOf("id" to Completer { listOf("${it.value}1") }),
        ) { "user ${it.id}" }
        prompt<String>("plain", "Says hello", title = "Hello") { "hello" }
        prompt<Review, List<PromptMessage>>(
            "review",
            completers = mapOf("tone" to Completer { typed -> listOf("kind", "${typed.context["code"]}") }),
        ) { listOf(PromptMessage.user(it.code), PromptMessage.assistant("A ${it.tone} review:")) }
        tool<List<Content>>(
            "blocks",
            annotations = ToolAnnotations(readOnly = true),
            icons = listOf(Icon("data:,")),
            title = "Blocks",
        ) {
            val part = Content.resource(ResourceContents.text("part", uri = "test://part"))
            val link = Content.link(Resource("test://text", "Text"))
            listOf(Content.text("t"), Content.image(bytes, "image/png"), Content.audio(bytes, "audio/wav"), part, link)
        }
        tool<ToolResult>("whole") {
            ToolResult(listOf(Content.text("no")), JsonObject(mapOf("left" to JsonPrimitive(3))), isError = true)
        }
        tool<Int>("own", "Has its schema", CHOICE, output = JsonObject(mapOf("type" to JsonPrimitive("integer")))) {
            it.size
        }
    }

    @TestFactory
    fun `resources`(): List<DynamicTest> = everyReach { reach ->
        reach.connected(server()) { client ->
            val listed = client.listResources()
            assertEquals(listOf("test://text", "test://bytes", "test://parts"), listed.map { it.uri })
            assertEquals(
                Resource("test://text", "Text", "A text", "Never changes", "text/plain", 4),
                listed.first(),
            )
            val text = client.readResource("test://text").contents.single()
            assertEquals(ResourceContents.text("text", "text/plain", "test://text"), text)
            assertArrayEquals(bytes, client.readResource("test://bytes").contents.single().bytes)
            val parts = client.readResource("test://parts").contents
            assertEquals(listOf("test://parts/1" to "one", "test://parts" to "two"), parts.map { it.uri to it.text })
            assertEquals(ErrorCode.UNKNOWN_RESOURCE, failureOf { client.readResource("test://none") }.code)
        }
    }

    @TestFactory
    fun `templates and their completions`(): List<DynamicTest> = everyReach { reach ->
        reach.connected(server()) { client ->
            assertEquals("test://users/{id}", client.listResourceTemplates().single().uriTemplate)
            assertEquals("user 42", client.readResource("test://users/42").text)
            val of = Reference.Template("test://users/{id}")
            assertEquals(listOf("41"), client.complete(of, "id", "4").values)
        }
    }

    @TestFactory
    fun `prompts and their completions`(): List<DynamicTest> = everyReach { reach ->
        reach.connected(server()) { client ->
            val (plain, review) = client.listPrompts()
            assertEquals("Hello" to emptyList<PromptArgument>(), plain.title to plain.arguments)
            assertEquals(
                listOf(PromptArgument("code", "What to review", true), PromptArgument("tone")),
                review.arguments,
            )
            assertEquals(listOf(PromptMessage.user("hello")), client.getPrompt("plain").messages)
            val messages = client.getPrompt("review", Review("x = 1")).messages
            assertEquals(listOf("x = 1", "A kind review:"), messages.map { it.content.text })
            assertEquals(listOf(Role.USER, Role.ASSISTANT), messages.map { it.role })
            val tones = client.complete(Reference.Prompt("review"), "tone", "", mapOf("code" to "y"))
            assertEquals(listOf("kind", "y"), tones.values)
            assertEquals(ErrorCode.UNKNOWN_PROMPT, failureOf { client.getPrompt("none") }.code)
        }
    }

    @TestFactory
    fun `arguments of prompts have types`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("typed") { prompt<Numbers, String>("count") { "${it.count + 1} ${it.loud}" } }
        reach.connected(server) { client ->
            val arguments = client.listPrompts().single().arguments
            assertEquals(listOf("count" to true, "loud" to false), arguments.map { it.name to it.required })
            val said = client.getPrompt("count", mapOf("count" to "2", "loud" to "true"))
            assertEquals("3 true", said.messages.single().content.text)
        }
    }

    @TestFactory
    fun `whole results and every kind of content`(): List<DynamicTest> = everyReach { reach ->
        reach.connected(server()) { client ->
            val tool = client.listTools().first { it.name == "blocks" }
            assertEquals("Blocks" to """{"readOnlyHint":true}""", tool.title to tool.annotations.toString())
            val blocks = client.callRaw("blocks").blocks
            assertEquals(listOf("text", "image", "audio", "resource", "resource_link"), blocks.map { it.type })
            assertArrayEquals(bytes, blocks[1].bytes)
            assertEquals("part", blocks[3].resource?.text)
            assertEquals("test://text", blocks[4].uri)
            val whole = client.callRaw("whole")
            assertTrue(whole.isError)
            assertEquals("no" to """{"left":3}""", whole.text to whole.structured.toString())
        }
    }

    @TestFactory
    fun `schemas of one's own`(): List<DynamicTest> = everyReach { reach ->
        reach.connected(server()) { client ->
            assertEquals(CHOICE, client.listTools().first { it.name == "own" }.inputSchema)
            assertEquals(1, client.call<Int>("own", mapOf("kind" to "a")).data)
            assertTrue("kind" in failureOf { client.call<Int>("own", mapOf("kind" to "c")) }.detail)
        }
    }

    @TestFactory
    fun `what a server offers changes while it serves`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("changing") { tool<Int>("one") { 1 } }
        reach.connected(server) { client ->
            suspend fun tools() = client.listTools().map { it.name }
            server.add {
                tool<Int>("two") { 2 }
                resource("test://late", "Late") { "late" }
            }
            assertEquals(2, client.call<Int>("two").data)
            assertEquals("late", client.readResource("test://late").text)
            server.disable(tools = listOf("one"))
            assertEquals(listOf("two"), tools())
            server.enable(tools = listOf("one"))
            assertEquals(setOf("one", "two"), tools().toSet())
            server.remove(tools = listOf("two"), resources = listOf("test://late"))
            assertEquals(listOf("one"), tools())
            assertEquals(ErrorCode.UNKNOWN_TOOL, failureOf { client.call<Int>("two") }.code)
            server.add { tool<Int>("two") { 3 } }
            assertEquals(3, client.call<Int>("two").data)
        }
    }

    @TestFactory
    fun `clients hear of changes`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("changing") {
            tool<Int>("one") { 1 }
            resource("test://watched", "Watched") { "now" }
        }
        reach.connected(server) { client ->
            val change = client.listen(tools = true) { server.announce(Change.Kind.TOOLS) }.first()
            assertEquals(Change(Change.Kind.TOOLS), change)
            val watched = listOf("test://watched")
            val update = client.listen(uris = watched) {
                server.announce(Change.Kind.TOOLS)
                server.resourceUpdated("test://watched")
            }
            assertEquals(Change(Change.Kind.RESOURCE, "test://watched"), update.first())
            client.call<Int>("one")
        }
    }

    @TestFactory
    fun `subscriptions last until they are given up`(): List<DynamicTest> = everyReach { reach ->
        val server = Server("changing") { resource("test://watched", "Watched") { "now" } }
        reach.connected(server) { client ->
            client.subscribe("test://watched")
            client.subscribe("test://watched")
            client.unsubscribe("test://watched")
            assertEquals("now", client.readResource("test://watched").text)
        }
    }

    @Test
    fun `what cannot be described is refused when it is defined`() = timed {
        val refused: List<Server.() -> Unit> = listOf(
            { resource("test://x", "x") { 1 } },
            { prompt<Int>("x") { 1 } },
            { prompt<Names, String>("x") { "${it.names}" } },
        )
        for (define in refused) {
            val error = assertThrows(DovetailError::class.java) { Server("test", define = define) }
            assertEquals(ErrorCode.INVALID_ARGUMENT, error.code)
        }
    }

    private companion object {
        val CHOICE = Json.parseToJsonElement(
            """{"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"]}""",
        ).jsonObject
    }
}
