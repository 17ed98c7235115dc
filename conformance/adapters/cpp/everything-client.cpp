// The client that the official conformance suite tests, on the C++ surface: `everything-client URL`.
// What to do comes in the environment, as the suite sets it.
#include <cstdio>
#include <cstdlib>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "dovetail.hpp"

using namespace dovetail;

namespace {

std::string environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

ClientOptions options() {
    return ClientOptions()
        .with_name("dovetail-conformance")
        .with_version("1.0.0")
        .with_revision(environment("MCP_CONFORMANCE_PROTOCOL_VERSION", "auto"))
        .with_elicit([](const Question& question) { return Elicitation::accept(question.defaults()); })
        .with_elicit_url([](const UrlQuestion&) { return Action::accept; })
        .with_sample([](const SampleRequest&) { return SampleResult::text("test-model", "This is a test response."); })
        .with_roots(std::vector<Root>{{"file:///workspace", ""}});
}

/// Arguments that a schema of flat, required properties accepts.
Json example(const Json& schema) {
    Json arguments = Json::object();
    const Json properties = schema.value("properties", Json::object());
    for (const auto& name : schema.value("required", std::vector<std::string>())) {
        const std::string type = properties.value(name, Json::object()).value("type", "string");
        arguments[name] = type == "integer" || type == "number" ? Json(1)
                          : type == "boolean"                   ? Json(true)
                          : type == "array"                     ? Json::array()
                          : type == "object"                    ? Json::object()
                                                                : Json("test");
    }
    return arguments;
}

/// Every request that the suite looks at, once.
void everything(Client& client) {
    for (const Tool& tool : client.list_tools()) {
        client.call_raw(tool.name, example(tool.input_schema));
    }
    for (const Resource& resource : client.list_resources()) {
        client.read_resource(resource.uri);
    }
    for (const Prompt& prompt : client.list_prompts()) {
        std::map<std::string, std::string> arguments;
        for (const PromptArgument& argument : prompt.arguments) {
            arguments[argument.name] = "test";
        }
        client.get_prompt(prompt.name, arguments);
    }
}

/// Tools that ask, all of them at once: what belongs to one must not reach another.
void rounds(Client& client) {
    std::vector<std::future<CallResult>> calls;
    for (const Tool& tool : client.list_tools()) {
        calls.push_back(std::async(std::launch::async, [&client, tool] {
            return client.call_raw(tool.name, example(tool.input_schema));
        }));
    }
    for (auto& call : calls) {
        call.get();
    }
}

/// The calls that the suite asks for.
void calls(Client& client) {
    client.list_tools();
    const Json task = Json::parse(environment("MCP_CONFORMANCE_CONTEXT", "{}"));
    for (const Json& call : task.value("toolCalls", Json::array())) {
        client.call_raw(call.at("name").get<std::string>(), call.value("arguments", Json::object()));
    }
}

/// Gives a schema back to the server that it came from.
void preserve(Client& client) {
    Json schema;
    for (const Tool& tool : client.list_tools()) {
        if (tool.name == "json_schema_2020_12_tool") {
            schema = tool.input_schema;
        }
    }
    client.call("json_schema_echo", {{"schema", schema}});
}

void run(const std::string& scenario, const std::string& url) {
    Client client(url, options());
    const auto call_one = [&client](const char* tool, const Json& arguments = Json::object()) {
        client.list_tools();
        client.call(tool, arguments);
    };
    if (scenario == "initialize" || scenario == "request-metadata" || scenario == "json-schema-ref-no-deref") {
        client.list_tools();
    } else if (scenario == "tools_call") {
        call_one("add_numbers", {{"a", 5}, {"b", 3}});
    } else if (scenario == "elicitation-sep1034-client-defaults") {
        call_one("test_client_elicitation_defaults");
    } else if (scenario == "sse-retry") {
        call_one("test_reconnection");
    } else if (scenario == "sep-2322-client-request-state") {
        rounds(client);
    } else if (scenario == "http-standard-headers") {
        everything(client);
    } else if (scenario == "http-custom-headers") {
        calls(client);
    } else if (scenario == "http-invalid-tool-headers") {
        for (const Tool& tool : client.list_tools()) {
            client.call_raw(tool.name, example(tool.input_schema));
        }
    } else if (scenario == "json-schema-2020-12-preservation") {
        preserve(client);
    } else {
        throw std::invalid_argument("nothing is known about this scenario");
    }
    client.close();
}

} // namespace

int main(int argc, char** argv) {
    const std::string scenario = environment("MCP_CONFORMANCE_SCENARIO", "");
    if (argc < 2 || scenario.empty()) {
        std::fprintf(stderr, "usage: MCP_CONFORMANCE_SCENARIO=... everything-client URL\n");
        return 2;
    }
    try {
        run(scenario, argv[argc - 1]);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", scenario.c_str(), error.what());
        return 1;
    }
}
