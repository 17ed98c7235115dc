// Errors: every failure is a DovetailError with a stable name and one line of detail.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    const Json nothing = {{"type", "object"}};
    Server server("disk");
    server.tool("save", "Save a file", nothing, [] { throw std::runtime_error("the disk is full"); });
    server.tool("wait", "Wait", nothing, [](const Json&, Context& context) { context.wait_cancelled(); });

    Client client(server);
    try {
        client.call("save");
    } catch (const DovetailError& error) {
        std::cout << error.name() << ": " << error.detail() << "\n";
    }
    try {
        client.call("load");
    } catch (const DovetailError& error) {
        std::cout << error.name() << "\n";
    }
    try {
        client.call("wait", Json::object(), CallOptions().with_timeout(std::chrono::milliseconds(50)));
    } catch (const DovetailError& error) {
        std::cout << error.name() << "\n";
    }
}
