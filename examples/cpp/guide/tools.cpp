// Tools: functions that a model may call. Arguments are checked against the schema before the function runs.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    const Json schema = {{"type", "object"},
                         {"properties", {{"a", {{"type", "integer"}}}, {"b", {{"type", "integer"}}}}},
                         {"required", {"a", "b"}}};
    Server server("calculator");
    server.tool("add", "Add two numbers", schema,
                [](const Json& in) { return in.at("a").get<int>() + in.at("b").get<int>(); });

    Client client(server);
    for (const Tool& tool : client.list_tools()) {
        std::cout << tool.name << ": " << tool.description << "\n";
    }
    std::cout << client.call("add", {{"a", 1}, {"b", 2}}).as<int>() << "\n";
    try {
        client.call("add", {{"a", "one"}, {"b", 2}});
    } catch (const DovetailError& error) {
        std::cout << "refused: " << error.name() << "\n";
    }
}
