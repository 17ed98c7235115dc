package dev.dovetail

import dev.dovetail.boundary.AnswerQuestion
import dev.dovetail.boundary.Layers
import dev.dovetail.boundary.Questions
import kotlin.time.Duration
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
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

    /** HTTP headers to send with every request to a URL; members of a [Group] have their own. */
    public val headers: MutableMap<String, String> = mutableMapOf()

    /** What a call may take altogether, however much progress it makes; null leaves it to the core. */
    public var maxTotal: Duration? = null

    /** Whether progress of a call starts its [timeout] anew. */
    public var resetOnProgress: Boolean = false

    /** Whether answers are kept for as long as their server allows; null leaves it to the core. */
    public var cache: Boolean? = null

    /** From which level on servers are asked for log messages; see [onLog]. */
    public var logLevel: LogLevel? = null

    /** Whether the model of [onSample] can use tools. */
    public var sampleTools: Boolean = false

    /** Bounds of what the client takes and tries. */
    public var limits: ClientLimits = ClientLimits()

    private val answers = linkedMapOf<Ask, AnswerQuestion>()
    private val layers = Layers()
    private var logHandler: (suspend (LogMessage) -> Unit)? = null

    /**
     * Answers the questions of the server; without it the server learns that nobody can be asked. The handler keeps
     * what it captures alive as long as the client is open.
     */
    public fun onElicit(handler: suspend (Question) -> Elicitation<JsonObject>) {
        answers[Ask.FORM] = { payload ->
            val answer = handler(decode(Question.serializer(), payload))
            encodeSparse(Elicitation.serializer(JsonObject.serializer()), answer)
        }
    }

    /** Shows pages that the server wants the user to visit, and says whether the user agreed. */
    public fun onElicitUrl(handler: suspend (UrlQuestion) -> Elicitation.Action) {
        answers[Ask.URL] = { payload ->
            encode(ActionBody.serializer(), ActionBody(handler(decode(UrlQuestion.serializer(), payload))))
        }
    }

    /** Lets the server ask a model. Let the user see and refuse what is asked. */
    public fun onSample(handler: suspend (SampleRequest) -> SampleResult) {
        answers[Ask.SAMPLE] = { payload ->
            val request = decode(SampleBody.serializer(), payload).params
            encodeSparse(SampleResult.serializer(), handler(request))
        }
    }

    /** Shares places with the server. */
    public fun roots(vararg roots: Root): Unit = onRoots { roots.asList() }

    /** Shares places with the server that may be others each time. */
    public fun onRoots(handler: suspend () -> List<Root>) {
        answers[Ask.ROOTS] = { encodeSparse(RootList.serializer(), RootList(handler())) }
    }

    /** Gets the log messages of the server, one after the other; a slow handler misses the oldest. */
    public fun onLog(handler: suspend (LogMessage) -> Unit) {
        logHandler = handler
    }

    /**
     * Puts a layer around the requests of this client and the notifications of the server; the first one is the
     * outermost.
     *
     * @param methods the only methods that it sees; without any it sees all.
     */
    public fun layer(vararg methods: String, layer: Layer): Unit = layers.add(methods.asList(), layer)

    internal fun listener(): Questions = Questions(answers.mapKeys { it.key.kind }, layers, logHandler)

    internal fun describe(target: Place): JsonObject = buildJsonObject {
        put("target", target.description)
        put(
            "info",
            buildJsonObject {
                put("name", name)
                put("version", version)
            },
        )
        if (answers.isNotEmpty()) put("inputs", answers.keys.map { it.kind }.toJson())
        if (sampleTools) put("sampleTools", true)
        put("revision", revision)
        timeout?.let { put("timeoutMs", it.inWholeMilliseconds) }
        maxTotal?.let { put("maxTotalMs", it.inWholeMilliseconds) }
        if (resetOnProgress) put("resetOnProgress", true)
        cache?.let { put("cache", it) }
        logLevel?.let { put("logLevel", it.word) }
        if (!target.respawn) put("respawn", false)
        if (limits != ClientLimits()) put("limits", sparseElement(ClientLimits.serializer(), limits))
        layers.describe().takeIf { it.isNotEmpty() }?.let { put("layers", it) }
    }
}

@Serializable
private class SampleBody(val params: SampleRequest)
