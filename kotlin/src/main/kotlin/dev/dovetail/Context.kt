package dev.dovetail

import dev.dovetail.boundary.Port
import dev.dovetail.generated.Codes
import dev.dovetail.schema.objectSchemaOf
import kotlin.time.Duration
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.KSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.serializer

/**
 * The call that a handler is working on; the receiver of every handler. Valid until the handler returns.
 *
 * When the caller gives up, the coroutine of the handler is cancelled.
 */
public class Context internal constructor(private val port: Port, private val call: Long, private val job: Job) {
    private var known: CallInfo? = null

    /** What is known about the call. */
    public val info: CallInfo
        get() = known ?: decode(CallInfo.serializer(), port.callInfo(call)).also { known = it }

    /** Whether the caller has given up; a handler that never suspends asks from time to time. */
    public val cancelled: Boolean get() = job.isCancelled

    /**
     * Tells the caller how far the call has come; nothing is sent when the caller did not ask for it.
     *
     * @param value rises with every report.
     * @param total what [value] will end at.
     * @param message a line for people.
     */
    public suspend fun progress(value: Number, total: Number? = null, message: String? = null) {
        currentCoroutineContext().ensureActive()
        val report = buildJsonObject {
            put("progress", value)
            total?.let { put("total", it) }
            message?.let { put("message", it) }
        }
        port.progress(call, encode(report))
    }

    /**
     * Asks the user to fill in a form, described by the class [T].
     *
     * @param message what the user reads.
     * @param name tells questions of one handler apart when their order may change between runs.
     * @throws Suspended when this run ends here; let it pass.
     */
    public suspend inline fun <reified T : Any> elicit(message: String, name: String? = null): Elicitation<T> =
        elicit(message, serializer<T>(), name)

    /** The same with a schema of one's own, the schema of an object. */
    public suspend fun elicit(message: String, schema: JsonObject, name: String? = null): Elicitation<JsonObject> =
        ask(message, schema, name, JsonObject.serializer())

    /**
     * Asks the user a yes-or-no question; true is yes, and everything else is no.
     *
     * @throws Suspended when this run ends here; let it pass.
     */
    public suspend fun confirm(message: String, name: String? = null): Boolean {
        val answer = ask(
            buildJsonObject {
                put("kind", "confirm")
                put("message", message)
                name?.let { put("name", it) }
            },
        )
        return decode(Boolean.serializer(), answer)
    }

    @PublishedApi
    internal suspend fun <T : Any> elicit(message: String, answer: KSerializer<T>, name: String?): Elicitation<T> =
        ask(message, objectSchemaOf(answer.descriptor, "the answer"), name, answer)

    /**
     * Asks the user to visit a page, such as one of a payment. Accepting means that the user agreed to open it, not
     * that anything was done there.
     *
     * @throws Suspended when this run ends here; let it pass.
     */
    public suspend fun elicitUrl(message: String, url: String, name: String? = null): Elicitation.Action =
        decode(ActionBody.serializer(), ask(urlQuestion(message, url, name))).action

    /**
     * Asks the model of the client.
     *
     * @throws Suspended when this run ends here; let it pass.
     */
    public suspend fun sample(request: SampleRequest, name: String? = null): SampleResult =
        decode(SampleResult.serializer(), ask(sampleQuestion(request, name)))

    /**
     * The places that the client shares.
     *
     * @throws Suspended when this run ends here; let it pass.
     */
    public suspend fun listRoots(name: String? = null): List<Root> =
        decode(RootList.serializer(), ask(rootsQuestion(name))).roots

    /**
     * Puts several questions at once: `ask { form<Name>("who", "Your name?"); roots("where") }.form<Name>("who")`.
     *
     * @throws Suspended when this run ends here; let it pass.
     */
    public suspend fun ask(questions: QuestionSet.() -> Unit): Answers =
        Answers(decode(JsonObject.serializer(), ask(QuestionSet().apply(questions).describe())))

    /**
     * Does something once, although the handler may be run again after a question: a later run of the same call gets
     * the value of the first.
     *
     * @param name tells the steps of one handler apart.
     */
    public suspend inline fun <reified T> step(name: String, noinline act: suspend () -> T): T =
        step(name, serializer<T>(), act)

    /**
     * Sends a log message to the client; nothing is sent when it asked for none.
     *
     * @param data text, a [JsonElement], a [Map], or an object of a `@Serializable` class.
     * @param logger which part of the server speaks.
     */
    public suspend fun log(level: LogLevel, data: Any?, logger: String? = null) {
        currentCoroutineContext().ensureActive()
        val message = buildJsonObject {
            put("level", level.word)
            put("data", elementOf(data))
            logger?.let { put("logger", it) }
        }
        port.log(call, encode(message))
    }

    /**
     * Lets go of the connection of the caller, who comes back for the rest; only where the revision has that and the
     * server is [Server.resumable], and nothing happens elsewhere.
     *
     * @param retry when the caller is to come back.
     */
    public suspend fun detach(retry: Duration? = null) {
        val question = buildJsonObject {
            put("kind", "detach")
            retry?.let { put("retryMs", it.inWholeMilliseconds) }
        }
        ask(question)
    }

    @PublishedApi
    internal suspend fun <T> step(name: String, value: KSerializer<T>, act: suspend () -> T): T {
        val recall = buildJsonObject {
            put("kind", "recall")
            put("name", name)
        }
        decode(JsonObject.serializer(), ask(recall))["value"]?.let { return decode(value, it) }
        return act().also {
            val step = buildJsonObject {
                put("name", name)
                put("value", completeElement(value, it))
            }
            suspending { port.record(call, encode(step)) }
        }
    }

    private suspend fun <T : Any> ask(
        message: String,
        schema: JsonObject,
        name: String?,
        answer: DeserializationStrategy<T>,
    ): Elicitation<T> {
        val reply = decode(Elicitation.serializer(JsonObject.serializer()), ask(formQuestion(message, schema, name)))
        return Elicitation(reply.action, reply.content?.let { decode(answer, it) })
    }

    private suspend fun ask(question: JsonObject): ByteArray =
        suspending { port.run { key -> port.ask(call, key, encode(question)) } }

    private inline fun <T> suspending(act: () -> T): T =
        try {
            act()
        } catch (failure: DovetailError) {
            throw if (failure.code == Codes.SUSPENDED) Suspended(failure) else failure
        }
}
