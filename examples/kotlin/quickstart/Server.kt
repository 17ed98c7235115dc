package dev.dovetail.examples.quickstart.server

import dev.dovetail.Server
import dev.dovetail.Stdio
import kotlinx.serialization.Serializable

@Serializable
data class Add(val a: Int, val b: Int)

val server = Server("demo") { tool<Add, Int>("add", "Add two numbers") { it.a + it.b } }

suspend fun main() = server.serve(Stdio) // or server.serve(Http("127.0.0.1:8000"))
