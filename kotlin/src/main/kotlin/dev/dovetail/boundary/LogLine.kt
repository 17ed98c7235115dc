package dev.dovetail.boundary

import dev.dovetail.decode
import java.lang.System.Logger.Level
import kotlinx.serialization.Serializable

/** A line for the log of the host: goes to the platform logger `dev.dovetail`, never to standard output. */
@Serializable
internal class LogLine(private val level: String = "info", private val message: String) {
    companion object {
        private val logger: System.Logger = System.getLogger("dev.dovetail")

        fun write(payload: ByteArray) {
            val line = decode(serializer(), payload)
            logger.log(line.severity(), line.message)
        }

        fun write(message: String, failure: Throwable) = logger.log(Level.WARNING, message, failure)

        private fun LogLine.severity(): Level =
            when (level) {
                "error" -> Level.ERROR
                "warn", "warning" -> Level.WARNING
                "debug" -> Level.DEBUG
                "trace" -> Level.TRACE
                else -> Level.INFO
            }
    }
}
