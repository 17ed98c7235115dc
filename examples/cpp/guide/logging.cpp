// Logging: what a handler tells the client beside its result, at the levels that the client asked for.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    Server server("worker");
    server.tool("work", "Work and say so", {{"type", "object"}}, [](const Json&, Context& context) {
        context.log(LogLevel::info, "working");
        return "done";
    });

    const auto show = [](const LogMessage& message) {
        std::cout << to_string(message.level) << ": " << message.data.get<std::string>() << "\n";
    };
    Client client(server, ClientOptions().with_log_level(LogLevel::info).with_log(show));
    client.call("work");
}
