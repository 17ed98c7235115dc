// Tools that report while they run, change what the server offers, or outlast their connection.
#include <chrono>
#include <thread>

#include "everything.hpp"

using namespace dovetail;

namespace everything {
namespace {

/// Far enough apart to be seen one by one.
constexpr std::chrono::milliseconds pause(50);

std::string with_progress(const Json&, Context& context) {
    for (const int done : {0, 50, 100}) {
        context.progress(done, 100, "Completed step " + std::to_string(done) + " of 100");
        std::this_thread::sleep_for(pause);
    }
    return "Tool with progress executed successfully";
}

std::string with_logging(const Json&, Context& context) {
    for (const char* line : {"Tool execution started", "Tool processing data", "Tool execution completed"}) {
        context.log(LogLevel::info, line);
        std::this_thread::sleep_for(pause);
    }
    return "Tool with logging executed successfully";
}

std::string logging_once(const Json&, Context& context) {
    context.log(LogLevel::error, "A log message for whoever asked", "everything");
    return "logged";
}

std::string reconnection(const Json&, Context& context) {
    context.detach(std::chrono::milliseconds(500));
    std::this_thread::sleep_for(pause * 2);
    return "Reconnection test completed successfully.";
}

} // namespace

void add_reporting(Server& server) {
    server.tool("test_tool_with_progress", "Reports progress", nothing(), with_progress);
    server.tool("test_tool_with_logging", "Logs", nothing(), with_logging);
    server.tool("test_logging_tool", "Logs for requests that ask for it", nothing(), logging_once);
    server.tool("test_reconnection", "Outlasts its connection", nothing(), reconnection);
    server.tool("test_trigger_tool_change", "Announces other tools", nothing(), [&server] {
        server.announce(Part::tools);
        return std::string("announced");
    });
    server.tool("test_trigger_prompt_change", "Announces other prompts", nothing(), [&server] {
        server.announce(Part::prompts);
        return std::string("announced");
    });
}

} // namespace everything
