// Middleware: a layer is a function around the messages that pass; this one sees tool calls only.
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
    const auto narrate = [](const Message& message, Next& next) {
        const std::string tool = message.params.at("name").get<std::string>();
        std::cout << "before " << tool << "\n";
        const Json result = next();
        std::cout << "after " << tool << "\n";
        return result;
    };
    server.layer(narrate, {"tools/call"});

    Client client(server);
    std::cout << client.call("add", {{"a", 1}, {"b", 2}}).as<int>() << "\n";
}
