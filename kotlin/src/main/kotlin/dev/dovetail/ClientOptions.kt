package dev.dovetail

import kotlin.time.Duration
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** How a [Client] connects and behaves; the receiver of the block of [Client.connect]. */
public class ClientOptions internal constructor() {
    /** The name of the application, as servers see it. */
    public var name: String = "dovetail"

    /** The version of the application, as servers see it. */
    public var version: String = "0.0.0"

    /** The one revision of the protocol to speak; `auto` finds the newest that both sides know. */
    public var revision: String = "auto"

    /** What a call may take; null leaves it to the core (60 s). */
    public var timeout: Duration? = null

    /** HTTP headers to send with every request. */
    public val headers: MutableMap<String, String> = mutableMapOf()

    internal var questionHandler: (suspend (Question) -> Elicitation<JsonObject>)? = null

    /**
     * Answers the questions of the server; without it the server learns that nobody can be asked. The handler keeps
     * what it captures alive as long as the client is open.
     */
    public fun onElicit(handler: suspend (Question) -> Elicitation<JsonObject>) {
        questionHandler = handler
    }

    internal fun describe(target: JsonObject): JsonObject = buildJsonObject {
        put("target", target)
        put(
            "info",
            buildJsonObject {
                put("name", name)
                put("version", version)
            },
        )
        if (questionHandler != null) put("inputs", listOf(Ask.FORM.kind).toJson())
        put("revision", revision)
        timeout?.let { put("timeoutMs", it.inWholeMilliseconds) }
    }

    internal fun targetOf(url: String): JsonObject = buildJsonObject {
        put("url", url)
        if (headers.isNotEmpty()) put("headers", headers.toJson())
    }
}

internal fun targetOf(command: Command): JsonObject = buildJsonObject {
    put("command", command.program)
    put("args", command.args.toJson())
    if (command.env.isNotEmpty()) put("env", command.env.toJson())
    command.directory?.let { put("cwd", it.toString()) }
}

private fun Map<String, String>.toJson(): JsonObject = JsonObject(mapValues { JsonPrimitive(it.value) })
