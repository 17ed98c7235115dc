// Tools that report while they run, change what the server offers, or outlast their connection.
import { setTimeout as pause } from "node:timers/promises";

/** Far enough apart to be seen one by one, in ms. */
const APART = 50;

export function addReporting(server) {
  return server
    .tool("test_tool_with_progress", { description: "Reports progress" }, async (_args, context) => {
      for (const done of [0, 50, 100]) {
        context.progress(done, 100, `Completed step ${done} of 100`);
        await pause(APART);
      }
      return "Tool with progress executed successfully";
    })
    .tool("test_tool_with_logging", { description: "Logs" }, async (_args, context) => {
      for (const line of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
        context.log("info", line);
        await pause(APART);
      }
      return "Tool with logging executed successfully";
    })
    .tool("test_logging_tool", { description: "Logs for requests that ask for it" }, (_args, context) => {
      context.log("error", "A log message for whoever asked", "everything");
      return "logged";
    })
    .tool("test_reconnection", { description: "Outlasts its connection" }, async (_args, context) => {
      await context.detach({ retryMs: 500 });
      await pause(2 * APART);
      return "Reconnection test completed successfully.";
    })
    .tool("test_trigger_tool_change", { description: "Announces other tools" }, () => {
      server.announce("tools");
      return "announced";
    })
    .tool("test_trigger_prompt_change", { description: "Announces other prompts" }, () => {
      server.announce("prompts");
      return "announced";
    });
}
