// Tools that report while they run, announce changes, or outlast their connection.

package dev.dovetail.conformance.everything

import dev.dovetail.Change
import dev.dovetail.LogLevel
import dev.dovetail.Server
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay

/** Far enough apart to be seen one by one. */
private val PAUSE = 50.milliseconds

internal fun Server.reporting() {
    tool<String>("test_tool_with_progress", "Reports progress") {
        for (done in listOf(0, 50, 100)) {
            progress(done, 100, "Completed step $done of 100")
            delay(PAUSE)
        }
        "Tool with progress executed successfully"
    }
    tool<String>("test_tool_with_logging", "Logs") {
        for (line in listOf("Tool execution started", "Tool processing data", "Tool execution completed")) {
            log(LogLevel.INFO, line)
            delay(PAUSE)
        }
        "Tool with logging executed successfully"
    }
    tool<String>("test_logging_tool", "Logs for requests that ask for it") {
        log(LogLevel.ERROR, "A log message for whoever asked", logger = "everything")
        "logged"
    }
    tool<String>("test_reconnection", "Outlasts its connection") {
        detach(retry = 500.milliseconds)
        delay(PAUSE * 2)
        "Reconnection test completed successfully."
    }
    tool<String>("test_trigger_tool_change", "Announces other tools") {
        announce(Change.Kind.TOOLS)
        "announced"
    }
    tool<String>("test_trigger_prompt_change", "Announces other prompts") {
        announce(Change.Kind.PROMPTS)
        "announced"
    }
}
