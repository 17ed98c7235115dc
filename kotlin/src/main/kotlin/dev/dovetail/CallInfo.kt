package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/**
 * What is known about a call that is being handled.
 *
 * @property revision the revision of the protocol that the request came in.
 * @property client name and version of the client, as it says.
 * @property clientCapabilities what the client can do.
 * @property meta the metadata of the request.
 * @property progress whether the client asked for progress.
 * @property principal who calls, when that is known.
 * @property round how many times the handler has been run for this request before.
 */
@Serializable
public data class CallInfo(
    val method: String,
    val name: String? = null,
    val revision: String? = null,
    val client: JsonObject? = null,
    val clientCapabilities: JsonObject? = null,
    val meta: JsonObject? = null,
    val progress: Boolean = false,
    val principal: JsonElement? = null,
    val round: Int = 0,
)
