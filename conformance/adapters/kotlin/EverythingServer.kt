// The server that the official conformance suite runs against, over the public API:
// `everything-server --stdio | --http HOST:PORT`. Names and texts are those that the suite asks for; nothing here knows
// a revision.

package dev.dovetail.conformance.everything

import dev.dovetail.CacheScope
import dev.dovetail.Cacheable
import dev.dovetail.Http
import dev.dovetail.Server
import dev.dovetail.Stdio
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.minutes

private fun everything(): Server =
    Server("conformance-everything", "1.0.0", "Fixtures of the official conformance suite.") {
        resumable = true
        for (answer in Cacheable.entries) {
            cache(answer, 5.minutes, if (answer == Cacheable.READS) CacheScope.PRIVATE else CacheScope.PUBLIC)
        }
        content()
        reporting()
        asking()
        rounds()
        resources()
        prompts()
    }

suspend fun main(args: Array<String>) {
    when {
        args.contentEquals(arrayOf("--stdio")) -> everything().serve(Stdio)
        args.size == 2 && args[0] == "--http" ->
            everything().serve(Http(args[1])) { url -> System.err.println("listening on $url") }
        else -> {
            System.err.println("usage: everything-server --stdio | --http HOST:PORT")
            exitProcess(2)
        }
    }
}
