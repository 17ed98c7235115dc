package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonTransformingSerializer

/**
 * A question of a server to the model of a client.
 *
 * @property maxTokens how long the answer may be.
 * @property tools tools that the model may use, and [toolChoice] whether it must.
 */
@Serializable
public data class SampleRequest(
    val messages: List<SampleMessage>,
    val maxTokens: Long,
    val systemPrompt: String? = null,
    val temperature: Double? = null,
    val stopSequences: List<String>? = null,
    val modelPreferences: JsonObject? = null,
    val tools: List<JsonObject>? = null,
    val toolChoice: JsonObject? = null,
    val metadata: JsonObject? = null,
) {
    /** The usual case: one text of the user. */
    public constructor(text: String, maxTokens: Long) :
        this(listOf(SampleMessage(Role.USER, listOf(Content.text(text)))), maxTokens)
}

/** A message to the model. */
@Serializable
public data class SampleMessage(
    val role: Role,
    @Serializable(with = OneOrMore::class) val content: List<Content>,
)

/**
 * What the model answered.
 *
 * @property model which one it was.
 * @property stopReason why it stopped, such as `endTurn`.
 */
@Serializable
public data class SampleResult(
    val role: Role,
    @Serializable(with = OneOrMore::class) val content: List<Content>,
    val model: String,
    val stopReason: String? = null,
) {
    /** The text of the answer. */
    public val text: String get() = content.mapNotNull { it.text }.joinToString("\n")

    public companion object {
        /** An answer that is text. */
        public fun text(text: String, model: String): SampleResult =
            SampleResult(Role.ASSISTANT, listOf(Content.text(text)), model, "endTurn")
    }
}

/** A block, or several: one alone travels without its list. */
internal object OneOrMore : JsonTransformingSerializer<List<Content>>(ListSerializer(Content.serializer())) {
    override fun transformDeserialize(element: JsonElement): JsonElement =
        element as? JsonArray ?: JsonArray(listOf(element))

    override fun transformSerialize(element: JsonElement): JsonElement =
        (element as JsonArray).singleOrNull() ?: element
}

/** A place of the user's that a server may look at. */
@Serializable
public data class Root(val uri: String, val name: String? = null)

@Serializable
internal class RootList(val roots: List<Root>)
