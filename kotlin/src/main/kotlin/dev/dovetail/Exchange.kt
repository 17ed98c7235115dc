package dev.dovetail

import kotlinx.coroutines.flow.Flow
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * The head of an HTTP request that a server of somebody else's has received, for [Server.exchange].
 *
 * @property method such as `POST`, in capitals.
 * @property path path and query, as in the line of the request.
 * @property headers names and values in their order; a name may come more than once.
 */
public data class ExchangeHead(val method: String, val path: String, val headers: List<Pair<String, String>>)

/**
 * The response to an HTTP request; see [Server.exchange].
 *
 * @property status the HTTP status.
 * @property headers names and values.
 * @property chunks the body, to be collected once and sent on chunk by chunk: it may be a stream of events that lasts
 * as long as the call behind it. Cancelling the collection tells the server that the peer has gone. A reader that falls
 * behind by more than 1024 chunks loses the response with `limit_exceeded`.
 */
public class ExchangeResponse internal constructor(
    public val status: Int,
    public val headers: List<Pair<String, String>>,
    public val chunks: Flow<ByteArray>,
)

@Serializable
internal class ExchangeHeaders(val headers: List<List<String>>)

internal fun ExchangeHead.describe(): JsonObject = buildJsonObject {
    put("method", method)
    put("path", path)
    put("headers", JsonArray(headers.map { listOf(it.first, it.second).toJson() }))
}
