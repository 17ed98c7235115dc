package dev.dovetail

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement

/** How much a log message matters, in the terms of syslog. */
@Serializable
public enum class LogLevel(internal val word: String) {
    /** For whoever looks for a fault. */
    @SerialName("debug")
    DEBUG("debug"),

    /** What happens. */
    @SerialName("info")
    INFO("info"),

    /** Normal, but to be noted. */
    @SerialName("notice")
    NOTICE("notice"),

    /** May become a fault. */
    @SerialName("warning")
    WARNING("warning"),

    /** Something failed. */
    @SerialName("error")
    ERROR("error"),

    /** A part failed. */
    @SerialName("critical")
    CRITICAL("critical"),

    /** Somebody must act. */
    @SerialName("alert")
    ALERT("alert"),

    /** Nothing works. */
    @SerialName("emergency")
    EMERGENCY("emergency"),
}

/**
 * A log message of a server.
 *
 * @property logger which part of the server speaks.
 * @property data text, or JSON of any shape.
 */
@Serializable
public data class LogMessage(val level: LogLevel, val data: JsonElement, val logger: String? = null)
