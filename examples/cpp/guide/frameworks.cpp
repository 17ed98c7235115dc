// Other people's HTTP servers: a request that came in goes through the server, its answer is pulled piece by piece.
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

    // What the HTTP server of your program hands over: method, path, headers, body.
    const RequestHead head{"POST",
                           "/mcp",
                           {{"host", "localhost"},
                            {"content-type", "application/json"},
                            {"accept", "application/json, text/event-stream"},
                            {"mcp-protocol-version", "2026-07-28"},
                            {"mcp-method", "tools/call"},
                            {"mcp-name", "add"}}};
    const std::string body = R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "add", "arguments": {"a": 1, "b": 2},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                  "io.modelcontextprotocol/clientInfo": {"name": "example", "version": "1"},
                  "io.modelcontextprotocol/clientCapabilities": {}}}})";

    Exchange answer = server.exchange(head, body);
    // Your program sends answer.status(), answer.headers() and then every piece as it comes. When its peer goes away,
    // it lets go of the exchange, which cancels the call.
    std::string text;
    while (const auto piece = answer.next()) {
        text += *piece;
    }
    std::cout << Json::parse(text).at("result").at("structuredContent") << "\n";
}
