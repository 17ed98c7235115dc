package dev.dovetail.examples.guide.testing

import dev.dovetail.Client
import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import dev.dovetail.Server
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.serialization.Serializable

@Serializable
data class Add(val a: Int, val b: Int)

// The server under test, as an application defines it.
val server = Server("demo") { tool<Add, Int>("add", "Add two numbers") { it.a + it.b } }

// In a project of your own this is a @Test with runTest: no port, no process, the whole protocol.
suspend fun main() {
    Client.connect(server).use { client ->
        assertEquals(listOf("add"), client.listTools().map { it.name })
        assertEquals(3, client.call<Int>("add", Add(1, 2)).data)
        val refused = assertFailsWith<DovetailError> { client.call<Int>("add", mapOf("a" to 1)) }
        assertEquals(ErrorCode.TOOL_ERROR, refused.code)
    }
    println("ok")
}
