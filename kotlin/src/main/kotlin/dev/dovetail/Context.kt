package dev.dovetail

import dev.dovetail.boundary.Port
import dev.dovetail.generated.Codes
import dev.dovetail.schema.objectSchemaOf
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.KSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.serializer

/**
 * The call that a handler is working on; the receiver of every handler. Valid until the handler returns.
 *
 * When the caller gives up, the coroutine of the handler is cancelled.
 */
public class Context internal constructor(private val port: Port, private val call: Long, private val job: Job) {
    /** What is known about the call. */
    public val info: CallInfo by lazy { decode(CallInfo.serializer(), port.callInfo(call)) }

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

    private suspend fun <T : Any> ask(
        message: String,
        schema: JsonObject,
        name: String?,
        answer: DeserializationStrategy<T>,
    ): Elicitation<T> {
        val question = buildJsonObject {
            put("kind", Ask.FORM.kind)
            put("message", message)
            put("schema", schema)
            name?.let { put("name", JsonPrimitive(it)) }
        }
        val reply = decode(Elicitation.serializer(JsonObject.serializer()), ask(question))
        return Elicitation(reply.action, reply.content?.let { decode(answer, it) })
    }

    private suspend fun ask(question: JsonObject): ByteArray =
        try {
            port.run { key -> port.ask(call, key, encode(question)) }
        } catch (failure: DovetailError) {
            throw if (failure.code == Codes.SUSPENDED) Suspended(failure) else failure
        }
}
