package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/**
 * A request or a notification on its way, as a [Layer] sees it.
 *
 * @property method in the words of the protocol, such as `tools/call`.
 * @property params its parameters; `message.copy(params = …)` goes on with others.
 * @property revision the revision of the protocol that it is in.
 * @property principal who sent it, when that is known.
 * @property notification whether nobody waits for an answer.
 */
@Serializable
public data class Message(
    val method: String,
    val params: JsonObject = JsonObject(emptyMap()),
    val revision: String? = null,
    val principal: JsonElement? = null,
    val notification: Boolean = false,
)

/**
 * Lets a message go on to the layers inside and to what it is for, at most once. Answers the result object, which is
 * empty for a notification.
 */
public typealias Next = suspend (message: Message) -> JsonObject

/**
 * Stands around every message that passes: `layer { message, next -> next(message) }` changes nothing.
 *
 * What it returns is the result; not calling `next` answers a request by oneself, and drops a notification. A
 * [DovetailError] that it throws refuses the request by its code; whatever else it throws is logged, and refused as
 * `internal`. A layer has 10 s (the limit `hook`) before it calls `next`, and again after that has returned.
 */
public typealias Layer = suspend (message: Message, next: Next) -> JsonObject?
