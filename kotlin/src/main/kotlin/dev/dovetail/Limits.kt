package dev.dovetail

import kotlinx.serialization.Serializable

/**
 * Bounds of a [Server]; null leaves one at its default.
 *
 * @property inFlight how many requests are handled at once; 1024. More are refused as `busy`.
 * @property body the size of a body or a message in bytes; 4 MiB. More is refused as `limit_exceeded`.
 * @property sessions how many sessions of the older revisions live at once; 10 000. More are refused as `busy`.
 */
@Serializable
public data class Limits(val inFlight: Int? = null, val body: Int? = null, val sessions: Int? = null)
