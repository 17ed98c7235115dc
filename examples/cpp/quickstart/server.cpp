#include <dovetail.hpp>

int main() {
    const auto schema = dovetail::Json::parse(R"({"type": "object", "required": ["a", "b"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}})");
    dovetail::Server server("demo");
    server.tool("add", "Add two numbers", schema,
                [](const dovetail::Json& in) { return in["a"].get<int>() + in["b"].get<int>(); });
    server.serve_stdio(); // or server.serve_http("127.0.0.1:8000")
}
