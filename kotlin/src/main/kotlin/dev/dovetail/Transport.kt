package dev.dovetail

/** How a [Server] is reached. */
public sealed interface Transport

/**
 * Standard input and output of this process. Standard output then belongs to the protocol: print to standard error, or
 * use a logger.
 */
public data object Stdio : Transport

/**
 * Streamable HTTP.
 *
 * @property address `host:port`; port 0 picks a free one, which the `onListening` of [Server.serve] tells.
 * @property path the path of the endpoint; null is the default of the core, `/mcp`.
 * @property sse also serves the two endpoints of the oldest revision, for clients that know nothing newer.
 * @property allowedHosts values of the Host header to accept besides the address itself.
 * @property allowedOrigins origins of browsers to accept; none by default.
 */
public data class Http(
    val address: String,
    val path: String? = null,
    val allowedHosts: List<String> = emptyList(),
    val allowedOrigins: List<String> = emptyList(),
    val sse: Boolean = false,
) : Transport
