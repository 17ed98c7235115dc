package dev.dovetail

import kotlinx.serialization.Serializable

/**
 * How far a call has come.
 *
 * @property progress rises with every report.
 * @property total what [progress] will end at, when that is known.
 * @property message a line for people.
 */
@Serializable
public data class Progress(val progress: Double, val total: Double? = null, val message: String? = null)
