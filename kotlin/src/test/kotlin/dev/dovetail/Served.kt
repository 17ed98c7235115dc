package dev.dovetail

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.jupiter.api.DynamicTest

/** How a client of a test reaches its server, and in which era. */
enum class Reach(val http: Boolean, val era: String) {
    MEMORY(false, "auto"),
    MEMORY_SESSION(false, "2025-11-25"),
    HTTP(true, "auto"),
    HTTP_SESSION(true, "2025-11-25"),
    ;

    /** Whether a question ends the run of its handler. */
    val modern: Boolean get() = era == "auto"
}

/** The same test in every way to reach a server. */
fun everyReach(test: suspend (Reach) -> Unit): List<DynamicTest> =
    Reach.entries.map { reach -> DynamicTest.dynamicTest(reach.name) { timed { test(reach) } } }

/** Connects to a server of this test, uses the client, and closes both. */
suspend fun Reach.connected(
    server: Server,
    options: ClientOptions.() -> Unit = {},
    use: suspend (Client) -> Unit,
): Unit = coroutineScope {
    val configure: ClientOptions.() -> Unit = {
        revision = era
        options()
    }
    server.use {
        if (!http) return@use Client.connect(server, configure).use { use(it) }
        val url = CompletableDeferred<String>()
        val serving = launch { server.serve(Http("127.0.0.1:0")) { url.complete(it) } }
        Client.connect(url.await(), configure).use { use(it) }
        serving.cancel()
    }
}
