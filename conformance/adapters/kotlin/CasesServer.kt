// The server under test of the shared cases: `cases-server (--stdio | --http HOST:PORT) [--options JSON]`.

package dev.dovetail.conformance.cases

import dev.dovetail.Http
import dev.dovetail.Stdio
import kotlin.system.exitProcess
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json

private const val USAGE = "usage: cases-server (--stdio | --http HOST:PORT) [--options JSON]"

suspend fun main(args: Array<String>) {
    val (where, rest) = when (args.firstOrNull()) {
        "--stdio" -> null to args.drop(1)
        "--http" -> (args.getOrNull(1) ?: refuse(USAGE)) to args.drop(2)
        else -> refuse(USAGE)
    }
    val options = when {
        rest.isEmpty() -> ServerOptions()
        rest.size == 2 && rest[0] == "--options" -> read(rest[1])
        else -> refuse(USAGE)
    }
    fixture(options).use { server ->
        if (where == null) {
            server.serve(Stdio)
        } else {
            server.serve(Http(where, sse = options.sse)) { url -> System.err.println("listening on $url") }
        }
    }
}

private fun read(options: String): ServerOptions =
    try {
        Json.decodeFromString(options)
    } catch (wrong: SerializationException) {
        refuse("--options: ${wrong.message}")
    }

private fun refuse(why: String): Nothing {
    System.err.println(why)
    exitProcess(2)
}
