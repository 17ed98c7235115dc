// The server of the shared tests, on the C++ surface: `server --stdio | --http HOST:PORT`.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "dovetail.hpp"

using dovetail::Action;
using dovetail::Context;
using dovetail::Elicitation;
using dovetail::Json;
using dovetail::ToolOptions;

namespace {

const Json nothing = {{"type", "object"}, {"properties", Json::object()}};
const Json integer = {{"type", "integer"}};

Json arguments(const char* name, const char* type) {
    return {{"type", "object"}, {"properties", {{name, {{"type", type}}}}}, {"required", {name}}};
}

Elicitation ask(Context& context, const std::string& message) {
    static const Json form = arguments("answer", "string");
    return context.elicit(message, form);
}

std::string outcome(const Elicitation& answer) {
    switch (answer.action) {
    case Action::accept: return "accepted: " + answer.content.at("answer").get<std::string>();
    case Action::decline: return "declined";
    case Action::cancel: return "cancelled";
    }
    throw std::logic_error("no such action");
}

void add_plain_tools(dovetail::Server& server) {
    server.tool("echo", "Gives the text back", arguments("text", "string"),
                [](const Json& in) { return in.at("text"); });
    const Json two = {{"type", "object"},
                      {"properties", {{"a", integer}, {"b", integer}}},
                      {"required", {"a", "b"}}};
    server.tool(
        "add", "Adds two numbers", two, [](const Json& in) { return in.at("a").get<int>() + in.at("b").get<int>(); });
    server.tool(
        "count", "Counts with progress", arguments("to", "integer"),
        [](const Json& in, Context& context) {
            const int to = in.at("to").get<int>();
            for (int i = 1; i <= to; ++i) {
                context.progress(i, to);
                std::this_thread::yield();
            }
            return to;
        });
    server.tool("fail", "Fails", nothing,
                [](const Json&) -> std::string { throw std::runtime_error("it broke"); });
}

void add_waiting_tools(dovetail::Server& server) {
    static std::atomic<int> cancellations{0};
    server.tool("wait", "Waits until it is cancelled", nothing, [](const Json&, Context& context) {
        context.progress(1);
        context.wait_cancelled();
        ++cancellations;
        return "cancelled";
    });
    server.tool(
        "cancelled", "How many waits were cancelled", nothing, [](const Json&) { return cancellations.load(); });
}

void add_asking_tools(dovetail::Server& server) {
    static std::atomic<int> changing_runs{0};
    static std::atomic<int> declared_runs{0};
    server.tool("ask", "Asks", arguments("what", "string"), [](const Json& in, Context& context) {
        return outcome(ask(context, in.at("what").get<std::string>()));
    });
    server.tool("stubborn", "Asks and catches everything", arguments("what", "string"),
                [](const Json& in, Context& context) {
                    try {
                        return outcome(ask(context, in.at("what").get<std::string>()));
                    } catch (...) {
                        return std::string("swallowed");
                    }
                });
    server.tool("changing", "Asks another question in its second run", nothing, [](const Json&, Context& context) {
        const int run = ++changing_runs;
        return outcome(ask(context, "question " + std::to_string(run <= 2 ? run : 2)));
    });
    server.tool(
        "declared", "Asks, and says so", nothing,
        [](const Json&, Context& context) {
            ++declared_runs;
            return outcome(ask(context, "declared"));
        },
        ToolOptions().with_asks({"form"}));
    server.tool(
        "ran", "How often declared has run", nothing, [](const Json&) { return declared_runs.load(); });
}

} // namespace

int main(int argc, char** argv) {
    const bool http = argc == 3 && std::strcmp(argv[1], "--http") == 0;
    if (!http && !(argc == 2 && std::strcmp(argv[1], "--stdio") == 0)) {
        std::fprintf(stderr, "usage: server --stdio | --http HOST:PORT\n");
        return 2;
    }
    try {
        dovetail::Server server("adapter-cpp", "1.0.0");
        // Handlers that wait hold a thread each.
        server.workers(64);
        add_plain_tools(server);
        add_waiting_tools(server);
        add_asking_tools(server);
        if (http) {
            server.serve(dovetail::Http(argv[2]).with_ready(
                [](const std::string& url) { std::fprintf(stderr, "listening on %s\n", url.c_str()); }));
        } else {
            server.serve_stdio();
        }
        return 0;
    } catch (const dovetail::DovetailError& error) {
        std::fprintf(stderr, "error: %s: %s\n", error.name().c_str(), error.detail().c_str());
        return 1;
    }
}
