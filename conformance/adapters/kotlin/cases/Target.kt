// How the client of the shared cases is opened.

package dev.dovetail.conformance.cases

import dev.dovetail.Client
import dev.dovetail.ClientOptions
import dev.dovetail.Command
import dev.dovetail.DovetailError
import dev.dovetail.Elicitation
import dev.dovetail.ErrorCode
import dev.dovetail.Group
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** Where a server is: one of these. */
@Serializable
class Target(
    val url: String? = null,
    val command: List<String>? = null,
    val server: ServerOptions? = null,
    val group: Map<String, Target>? = null,
)

/** What a user answers to a question. */
@Serializable
class Reply(val action: Elicitation.Action, val content: JsonObject? = null)

@Serializable
class Options(
    val revision: String = "auto",
    val timeoutMs: Long? = null,
    val maxTotalMs: Long? = null,
    val resetOnProgress: Boolean = false,
    val cache: Boolean? = null,
    val headers: Map<String, String> = emptyMap(),
    val respawn: Boolean = true,
    val layers: Boolean = false,
    val answers: Map<String, Reply>? = null,
)

/** A client, and what its layers saw. */
internal class Opened(val client: Client, val journal: Journal)

internal suspend fun open(target: Target, options: Options): Opened {
    val journal = Journal()
    return Opened(connect(target, options) { set(options, journal) }, journal)
}

private suspend fun connect(target: Target, options: Options, configure: ClientOptions.() -> Unit): Client {
    return when {
        target.url != null -> Client.connect(target.url, configure)
        target.command != null -> {
            val (program, args) = target.command.first() to target.command.drop(1)
            Client.connect(Command(program, args, respawn = options.respawn), configure)
        }
        target.server != null -> Client.connect(fixture(target.server), configure)
        target.group != null -> Client.group(configure) {
            for ((name, member) in target.group) add(name, member, options)
        }
        else -> throw nothing()
    }
}

private fun Group.add(name: String, member: Target, options: Options) = when {
    member.url != null -> add(name, member.url, options.headers)
    member.command != null ->
        add(name, Command(member.command.first(), member.command.drop(1), respawn = options.respawn))
    member.server != null -> add(name, fixture(member.server))
    else -> throw nothing()
}

private fun nothing() = DovetailError(ErrorCode.INVALID_ARGUMENT, "the target names nothing")

private fun ClientOptions.set(options: Options, journal: Journal) {
    revision = options.revision
    timeout = options.timeoutMs?.milliseconds
    maxTotal = options.maxTotalMs?.milliseconds
    resetOnProgress = options.resetOnProgress
    cache = options.cache
    headers += options.headers
    if (options.layers) noting(journal).forEach { layer(layer = it) }
    options.answers?.let { answers ->
        onElicit { question ->
            say(
                buildJsonObject {
                    put("event", "question")
                    put("message", question.message)
                },
            )
            answer(answers[question.message])
        }
    }
}

private fun answer(reply: Reply?): Elicitation<JsonObject> = when (reply?.action) {
    Elicitation.Action.ACCEPT -> Elicitation.accept(reply.content ?: JsonObject(emptyMap()))
    Elicitation.Action.CANCEL -> Elicitation.cancel()
    Elicitation.Action.DECLINE, null -> Elicitation.decline()
}

/** One line for the runner. */
@Synchronized
internal fun say(line: JsonObject): Unit = println(line)

internal fun error(failure: DovetailError): JsonObject = buildJsonObject {
    put("name", failure.name)
    put("detail", failure.detail)
}

internal fun text(text: String?): JsonPrimitive = JsonPrimitive(text)
