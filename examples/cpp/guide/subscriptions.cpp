// Subscriptions: a client hears of changes while they happen.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    Server server("notes");
    server.tool("first", "Is there from the beginning", {{"type", "object"}}, [] { return 1; });
    server.resource("note://welcome", "welcome", [] { return std::string("Hello"); });

    Client client(server);
    Filter wanted = Filter::resource("note://welcome");
    wanted.tools = true;
    Listening changes = client.listen(wanted);

    server.tool("second", "Comes later", {{"type", "object"}}, [] { return 2; });
    if (const auto change = changes.next(); change && change->list == Part::tools) {
        std::cout << "tools changed\n";
    }
    server.resource_updated("note://welcome");
    if (const auto change = changes.next()) {
        std::cout << "updated " << change->uri << "\n";
    }
}
