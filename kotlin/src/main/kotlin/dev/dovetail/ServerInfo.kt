package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

/**
 * What a server told about itself.
 *
 * @property revision the revision of the protocol that is spoken with it.
 * @property info its name and version.
 * @property capabilities what it offers.
 * @property instructions how it wants to be used, for the model.
 * @property servers of a client of a [Group], what each member told; the rest is then the first member's.
 */
@Serializable
public data class ServerInfo(
    val revision: String,
    val info: JsonObject? = null,
    val capabilities: JsonObject = JsonObject(emptyMap()),
    val instructions: String? = null,
    val servers: Map<String, ServerInfo> = emptyMap(),
)
