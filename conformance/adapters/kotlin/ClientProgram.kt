// The client of the shared tests: runs one scenario and prints one line of JSON with what it observed.

package dev.dovetail.conformance.client

import dev.dovetail.Client
import dev.dovetail.ClientOptions
import dev.dovetail.Command
import dev.dovetail.DovetailError
import dev.dovetail.Elicitation
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.coroutines.cancellation.CancellationException
import kotlin.system.exitProcess
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

private const val USAGE =
    "usage: client [--revision auto|REVISION] [--answer yes|no|none] SCENARIO (URL | -- command args…)"
private const val TEXT = "ä\"\\n€"
private const val MAX_LOOKS = 50
private const val MAX_ECHOES = 200

private class Options(val revision: String, val answer: String, val scenario: String, val target: List<String>)

private val asked = CopyOnWriteArrayList<String>()

suspend fun main(args: Array<String>) {
    val options = parse(args.toList()) ?: run {
        System.err.println(USAGE)
        exitProcess(2)
    }
    val observed = connect(options).use { client ->
        if (options.scenario == "cell") cell(client) else question(client, options.scenario)
    }
    println(observed)
}

private fun parse(args: List<String>): Options? {
    val named = mutableMapOf("--revision" to "auto", "--answer" to "yes")
    var rest = args
    while (rest.size >= 2 && rest[0] in named) {
        named[rest[0]] = rest[1]
        rest = rest.drop(2)
    }
    val known = setOf("cell", "stubborn", "changing", "declared")
    val target = rest.drop(1)
    val complete = if (target.firstOrNull() == "--") target.size > 1 else target.size == 1
    if (rest.firstOrNull() !in known || !complete) return null
    if (named.getValue("--answer") !in setOf("yes", "no", "none")) return null
    return Options(named.getValue("--revision"), named.getValue("--answer"), rest[0], target)
}

private suspend fun connect(options: Options): Client {
    val configure: ClientOptions.() -> Unit = {
        revision = options.revision
        if (options.answer != "none") {
            onElicit { question ->
                asked += question.message
                if (options.answer == "yes") Elicitation.accept("answer" to "yes") else Elicitation.decline()
            }
        }
    }
    val target = options.target
    if (target[0] == "--") return Client.connect(Command(target[1], target.drop(2)), configure)
    return Client.connect(target[0], configure)
}

private suspend fun cell(client: Client): JsonObject {
    val progress = mutableListOf<JsonPrimitive>()
    val count = client.call<Int>("count", mapOf("to" to 3)) { progress += JsonPrimitive(it.progress.toInt()) }
    return buildJsonObject {
        put("revision", client.serverInfo().revision)
        put("progress", JsonArray(progress))
        put("count", count.data)
        put("add", client.call<Int>("add", mapOf("a" to 2, "b" to 3)).data)
        put("echo", client.call<String>("echo", mapOf("text" to TEXT)).data)
        put("cancel", cancel(client))
        put("elicit", client.call<String>("ask", mapOf("what" to "yes or no")).data)
        put("error", errorOf { client.call<String>("fail") } ?: JsonNull)
        put("unknown", errorOf { client.call<String>("nope") } ?: JsonNull)
        put("invalid", errorOf { client.call<Int>("add", mapOf("a" to "x", "b" to 3)) } ?: JsonNull)
    }
}

private suspend fun cancel(client: Client): JsonObject = coroutineScope {
    val started = AtomicBoolean()
    val waiting = async { client.call<String>("wait") { started.set(true) } }
    // The handler reports progress as its first act: from then on cancelling must reach it.
    repeat(MAX_ECHOES) { if (!started.get()) client.call<String>("echo", mapOf("text" to TEXT)) }
    waiting.cancel()
    val code = try {
        waiting.await()
        "none"
    } catch (_: CancellationException) {
        "cancelled"
    }
    val observed = (1..MAX_LOOKS).any { client.call<Int>("cancelled").data >= 1 }
    buildJsonObject {
        put("code", code)
        put("observed", observed)
    }
}

private suspend fun question(client: Client, tool: String): JsonObject {
    val arguments = if (tool == "stubborn") mapOf("what" to "yes or no") else null
    return buildJsonObject {
        try {
            put("result", client.call<String>(tool, arguments).data)
        } catch (error: DovetailError) {
            put("error", describe(error))
        }
        put("questions", JsonArray(asked.map { JsonPrimitive(it) }))
    }
}

private suspend fun errorOf(call: suspend () -> Unit): JsonObject? =
    try {
        call()
        null
    } catch (error: DovetailError) {
        describe(error)
    }

private fun describe(error: DovetailError): JsonObject = buildJsonObject {
    put("name", error.name)
    put("detail", error.detail)
}
