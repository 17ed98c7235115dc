package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/**
 * What a tool returned.
 *
 * @property data the typed value.
 * @property raw the whole result as it came.
 */
public class CallResult<out T> internal constructor(public val data: T, public val raw: JsonObject) {
    /** The content blocks, for the model. */
    public val content: List<JsonObject>
        get() = (raw["content"] as? JsonArray).orEmpty().map { it.jsonObject }

    /** The same, typed. */
    public val blocks: List<Content> get() = content.map(::Content)

    /** The structured value as JSON, when there is one. */
    public val structured: JsonElement? get() = raw["structuredContent"]

    /** Whether the tool reported an error; only [Client.callRaw] returns such results. */
    public val isError: Boolean get() = raw["isError"]?.jsonPrimitive?.booleanOrNull ?: false

    /** The text of all content blocks, one line each. */
    public val text: String
        get() = content.mapNotNull { it["text"]?.jsonPrimitive?.contentOrNull }.joinToString("\n")

    override fun toString(): String = "CallResult(data=$data, isError=$isError)"

    /** What the native layer answers. */
    @Serializable
    internal class Body(val data: JsonElement? = null, val result: JsonObject)
}
