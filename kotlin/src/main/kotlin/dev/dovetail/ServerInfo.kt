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
 */
@Serializable
public data class ServerInfo(
    val revision: String,
    val info: JsonObject? = null,
    val capabilities: JsonObject = JsonObject(emptyMap()),
    val instructions: String? = null,
)
