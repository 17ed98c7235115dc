package dev.dovetail

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/**
 * A whole result, for a tool that says more than one value can.
 *
 * @property content what the model reads.
 * @property structured the value for programs.
 * @property isError whether the tool failed; [content] then says why.
 */
@Serializable
public class ToolResult(
    public val content: List<Content>,
    @SerialName("structuredContent") public val structured: JsonElement? = null,
    public val isError: Boolean = false,
    @SerialName("_meta") public val meta: JsonObject? = null,
) {
    /** Content alone. */
    public constructor(vararg content: Content) : this(content.asList())
}

/**
 * Hints about what a tool does; what is null is not said.
 *
 * @property title a name for people.
 * @property readOnly it changes nothing.
 * @property destructive it may destroy something. A tool that asks and destroys runs once; see `once` of [Server.tool].
 * @property idempotent a second run with the same arguments changes nothing more.
 * @property openWorld it deals with things outside.
 */
@Serializable
public data class ToolAnnotations(
    val title: String? = null,
    @SerialName("readOnlyHint") val readOnly: Boolean? = null,
    @SerialName("destructiveHint") val destructive: Boolean? = null,
    @SerialName("idempotentHint") val idempotent: Boolean? = null,
    @SerialName("openWorldHint") val openWorld: Boolean? = null,
)
