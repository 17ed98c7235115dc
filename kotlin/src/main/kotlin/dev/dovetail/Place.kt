// Where a client connects to, in the terms of its configuration.

package dev.dovetail

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * A place: how it is described, and the servers of this process in it, which live as long as the client.
 *
 * @property respawn see [Command.respawn].
 */
internal class Place(
    val description: JsonObject,
    val local: List<Server> = emptyList(),
    val respawn: Boolean = true,
)

internal fun targetOf(url: String, headers: Map<String, String>): JsonObject = buildJsonObject {
    put("url", url)
    if (headers.isNotEmpty()) put("headers", headers.toJson())
}

internal fun targetOf(command: Command): JsonObject = buildJsonObject {
    put("command", command.program)
    put("args", command.args.toJson())
    if (command.env.isNotEmpty()) put("env", command.env.toJson())
    command.directory?.let { put("cwd", it.toString()) }
}

private fun Map<String, String>.toJson(): JsonObject = JsonObject(mapValues { JsonPrimitive(it.value) })
