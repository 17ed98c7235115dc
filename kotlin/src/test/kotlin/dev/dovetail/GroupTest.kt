package dev.dovetail

import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Several servers as one. */
class GroupTest {
    private fun server(name: String) = Server(name) {
        tool<String>("hello") { "hello from $name" }
        tool<String>("only_$name") { name }
        resource("test://$name", name) { "text of $name" }
        prompt<String>("ask_$name") { "ask $name" }
    }

    @Test
    fun `members answer as one, and names that collide are told apart`() = timed {
        val client = Client.group {
            add("one", server("one"))
            add("two", server("two"))
        }
        client.use {
            val tools = it.listTools()
            assertEquals(listOf("one", "one", "two", "two"), tools.map { tool -> tool.server })
            assertEquals(4, tools.map { tool -> tool.name }.toSet().size)
            val hellos = tools.filter { tool -> "hello" in tool.name }.map { tool -> it.call<String>(tool.name).data }
            assertEquals(listOf("hello from one", "hello from two"), hellos)
            assertEquals("two", it.call<String>("only_two").data)
            assertEquals("text of two", it.readResource("test://two").text)
            assertEquals("ask one", it.getPrompt("ask_one").messages.single().content.text)
            assertEquals(setOf("one", "two"), it.serverInfo().servers.keys)
            it.ping()
        }
    }

    @Test
    fun `a listener hears of every member`() = timed {
        val two = server("two")
        val client = Client.group {
            add("one", server("one"))
            add("two", two)
        }
        client.use {
            val changes = it.listen(uris = listOf("test://one", "test://two")) { two.resourceUpdated("test://two") }
            assertEquals(Change(Change.Kind.RESOURCE, "test://two"), changes.first())
        }
    }

    @Test
    fun `a group that cannot be is refused`() = timed {
        assertEquals(ErrorCode.INVALID_ARGUMENT, failureOf { Client.group { } }.code)
        val twice = failureOf {
            Client.group {
                add("one", server("one"))
                add("one", server("two"))
            }
        }
        assertEquals(ErrorCode.INVALID_ARGUMENT, twice.code)
        val unreachable = failureOf {
            Client.group {
                add("one", server("one"))
                add("gone", "http://127.0.0.1:9/mcp")
            }
        }
        assertEquals("gone", unreachable.context["server"])
    }
}
