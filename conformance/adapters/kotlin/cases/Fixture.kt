// The server of the shared cases; see conformance/cases/README.md.

package dev.dovetail.conformance.cases

import dev.dovetail.CacheScope
import dev.dovetail.Cacheable
import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import dev.dovetail.Server
import kotlin.concurrent.thread
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlinx.serialization.Serializable

@Serializable
class Numbers(val a: Long, val b: Long)

@Serializable
class Message(val message: String)

@Serializable
class Of(val of: String)

@Serializable
class Uri(val uri: String)

@Serializable
class Name(val name: String)

@Serializable
class Times(val times: Int)

/** The server of the fixture. */
fun fixture(options: ServerOptions): Server = Server("cases", "1.0.0", "Cases.") {
    stateKeys = options.stateKeys
    pageSize = options.pageSize
    callTimeout = options.callTimeoutMs?.milliseconds
    limits = options.limits
    resumable = options.resumable
    cache(Cacheable.TOOLS, 1.minutes, CacheScope.PUBLIC)
    val journal = Journal()
    if (options.layers) noting(journal).forEach { layer(layer = it) }
    plain(journal)
    asking()
    changing()
    quitting()
    if (options.extra) extra()
    resources()
    prompts()
}

private fun Server.plain(journal: Journal) {
    val gate = Gate()
    tool<Numbers, Long>("add", "Adds two integers") { it.a + it.b }
    tool<Message, String>("fail", "Fails") { error(it.message) }
    tool<String>("hold", "Waits for release") {
        val released = gate.next()
        progress(1)
        try {
            released.await()
            "released"
        } catch (cancelled: CancellationException) {
            Counters.count("cancelled")
            throw cancelled
        }
    }
    tool<String>("release", "Lets every waiting call of hold go") {
        gate.open()
        "ok"
    }
    tool<Of, Int>("count", "A counter") { Counters.of(it.of) }
    tool<String>("journal", "What the layers saw") { journal.take().joinToString("; ") }
}

private fun Server.changing() {
    tool<String>("grow", "Adds a tool") {
        add { extra() }
        "ok"
    }
    tool<String>("shrink", "Removes it") {
        remove(tools = listOf("extra"))
        "ok"
    }
    tool<Uri, String>("touch", "Announces a change of a resource") {
        resourceUpdated(it.uri)
        "ok"
    }
}

/** Closing waits for what runs, this handler's own call as well: so it happens elsewhere. */
private fun Server.quitting() = tool<String>("quit", "Closes the server") {
    thread { close(1.seconds) }
    "ok"
}

private fun Server.extra() = tool<String>("extra", "Is not always there") { "extra" }

private fun Server.resources() {
    resource("note://welcome", "welcome") { "Hello" }
    resource("note://asking", "asking") { if (confirm("Read it?")) "read" else "not read" }
    resourceTemplate<Name, String>("note://people/{name}", "people") {
        when (it.name) {
            "nobody" -> throw DovetailError(ErrorCode.UNKNOWN_RESOURCE, "there is no such note")
            "secret" -> throw DovetailError(ErrorCode.FORBIDDEN, "this note is secret")
            else -> "note for ${it.name}"
        }
    }
}

private fun Server.prompts() {
    prompt<Name, String>("greet", "Greets somebody") { "Greet ${it.name}." }
    prompt<Times, String>("repeat", "Says it again") { List(it.times) { "again" }.joinToString(" ") }
    prompt<String>("careful", "Asks first") { if (confirm("Go on?")) "Going on." else "Stopping." }
}
