// The server of the shared tests: `server --stdio` or `server --http HOST:PORT`.

package dev.dovetail.conformance.server

import dev.dovetail.Ask
import dev.dovetail.Context
import dev.dovetail.Elicitation
import dev.dovetail.Http
import dev.dovetail.Server
import dev.dovetail.Stdio
import java.util.concurrent.atomic.AtomicInteger
import kotlin.system.exitProcess
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.yield
import kotlinx.serialization.Serializable

@Serializable
class Text(val text: String)

@Serializable
class Sum(val a: Long, val b: Long)

@Serializable
class Limit(val to: Int)

@Serializable
class What(val what: String)

@Serializable
class Answer(val answer: String)

private val cancelledWaits = AtomicInteger()
private val changingRuns = AtomicInteger()
private val declaredRuns = AtomicInteger()

private suspend fun Context.ask(what: String): String {
    val reply = elicit<Answer>(what)
    return when (reply.action) {
        Elicitation.Action.ACCEPT -> "accepted: ${reply.content?.answer}"
        Elicitation.Action.DECLINE -> "declined"
        Elicitation.Action.CANCEL -> "cancelled"
    }
}

fun server(): Server = Server("conformance-kotlin", "1.0.0") {
    tool<Text, String>("echo", "Returns its text") { it.text }
    tool<Sum, Long>("add", "Adds two integers") { it.a + it.b }
    tool<Limit, Int>("count", "Counts, reporting progress") { limit ->
        for (step in 1..limit.to) {
            progress(step, limit.to)
            yield()
        }
        limit.to
    }
    tool<String>("wait", "Waits until it is cancelled") {
        try {
            // The caller may be gone already, which counts as well.
            progress(1)
            awaitCancellation()
        } finally {
            cancelledWaits.incrementAndGet()
        }
    }
    tool<Int>("cancelled", "How many waits were cancelled") { cancelledWaits.get() }
    tool<What, String>("ask", "Asks the user") { ask(it.what) }
    tool<What, String>("stubborn", "Asks, and swallows whatever that throws") {
        try {
            ask(it.what)
        } catch (everything: Throwable) {
            // On purpose: the run is over all the same.
            "swallowed"
        }
    }
    tool<String>("changing", "Asks something else in its second run") {
        ask("question ${minOf(changingRuns.incrementAndGet(), 2)}")
    }
    tool<String>("declared", "Declares that it asks", setOf(Ask.FORM)) {
        declaredRuns.incrementAndGet()
        ask("declared")
    }
    tool<Int>("ran", "How often declared has run") { declaredRuns.get() }
    tool<String>("fail", "Fails") { error("it broke") }
}

suspend fun main(args: Array<String>) {
    when {
        args.contentEquals(arrayOf("--stdio")) -> server().serve(Stdio)
        args.size == 2 && args[0] == "--http" ->
            server().serve(Http(args[1])) { url -> System.err.println("listening on $url") }
        else -> {
            System.err.println("usage: server --stdio | --http HOST:PORT")
            exitProcess(2)
        }
    }
}
