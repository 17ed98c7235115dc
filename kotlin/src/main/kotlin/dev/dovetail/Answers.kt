package dev.dovetail

import dev.dovetail.schema.objectSchemaOf
import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.serializer

/** Several questions that are put at once; the receiver of the block of [Context.ask]. Each has a key of its own. */
public class QuestionSet internal constructor() {
    private val questions = linkedMapOf<String, JsonElement>()

    /** A form, described by the class [T]. */
    public inline fun <reified T : Any> form(key: String, message: String): Unit = form(key, message, serializer<T>())

    /** A form with a schema of one's own. */
    public fun form(key: String, message: String, schema: JsonObject) {
        questions[key] = formQuestion(message, schema, null)
    }

    /** A page to visit. */
    public fun url(key: String, message: String, url: String) {
        questions[key] = urlQuestion(message, url, null)
    }

    /** A question to the model of the client. */
    public fun sample(key: String, request: SampleRequest) {
        questions[key] = sampleQuestion(request, null)
    }

    /** The places that the client shares. */
    public fun roots(key: String) {
        questions[key] = rootsQuestion(null)
    }

    @PublishedApi
    internal fun form(key: String, message: String, answer: KSerializer<*>): Unit =
        form(key, message, objectSchemaOf(answer.descriptor, "the answer to $key"))

    internal fun describe(): JsonObject = buildJsonObject {
        put("kind", "many")
        put("questions", JsonObject(questions))
    }
}

/**
 * The answers to several questions, by their keys.
 *
 * @property json the answers as they came.
 */
public class Answers internal constructor(public val json: JsonObject) {
    /** The answer to a form. */
    public inline fun <reified T : Any> form(key: String): Elicitation<T> = form(key, serializer<T>())

    /** What the user made of a page. */
    public fun url(key: String): Elicitation.Action = decode(ActionBody.serializer(), answer(key)).action

    /** The answer of the model. */
    public fun sample(key: String): SampleResult = decode(SampleResult.serializer(), answer(key))

    /** The places. */
    public fun roots(key: String): List<Root> = decode(RootList.serializer(), answer(key)).roots

    @PublishedApi
    internal fun <T : Any> form(key: String, content: KSerializer<T>): Elicitation<T> {
        val reply = decode(Elicitation.serializer(JsonObject.serializer()), answer(key))
        return Elicitation(reply.action, reply.content?.let { decode(content, it) })
    }

    private fun answer(key: String): JsonElement = json[key] ?: throw invalid("there was no question $key")
}

@Serializable
internal class ActionBody(val action: Elicitation.Action)

internal fun formQuestion(message: String, schema: JsonObject, name: String?): JsonObject = question(Ask.FORM, name) {
    put("message", message)
    put("schema", schema)
}

internal fun urlQuestion(message: String, url: String, name: String?): JsonObject = question(Ask.URL, name) {
    put("message", message)
    put("url", url)
}

internal fun sampleQuestion(request: SampleRequest, name: String?): JsonObject = question(Ask.SAMPLE, name) {
    put("params", sparseElement(SampleRequest.serializer(), request))
}

internal fun rootsQuestion(name: String?): JsonObject = question(Ask.ROOTS, name) {}

private inline fun question(
    kind: Ask,
    name: String?,
    members: JsonObjectBuilder.() -> Unit,
): JsonObject = buildJsonObject {
    put("kind", kind.kind)
    members()
    name?.let { put("name", it) }
}
