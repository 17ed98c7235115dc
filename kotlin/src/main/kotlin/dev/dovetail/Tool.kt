package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

/**
 * A tool as a server describes it.
 *
 * @property inputSchema JSON Schema of the arguments.
 * @property outputSchema JSON Schema of the value, when the tool has a typed one.
 * @property annotations hints about what the tool does; a claim of the server, not to be trusted.
 * @property server the member of a [Group] that has it.
 */
@Serializable
public data class Tool(
    val name: String,
    val title: String? = null,
    val description: String? = null,
    val inputSchema: JsonObject,
    val outputSchema: JsonObject? = null,
    val annotations: JsonObject? = null,
    val server: String? = null,
)

@Serializable
internal class ToolList(val tools: List<Tool>)
