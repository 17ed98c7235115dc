// Tools that ask their client, linear in every era.
#include "everything.hpp"

using namespace dovetail;

namespace everything {
namespace {

const Json contact = Json::parse(R"({"type": "object", "properties": {
    "username": {"type": "string", "description": "User name"},
    "email": {"type": "string", "format": "email", "description": "User email"}
}, "required": ["username", "email"]})");

const Json defaults = Json::parse(R"({"type": "object", "properties": {
    "name": {"type": "string", "description": "User name", "default": "John Doe"},
    "age": {"type": "integer", "description": "User age", "default": 30},
    "score": {"type": "number", "description": "User score", "default": 95.5},
    "status": {"type": "string", "description": "User status", "default": "active",
        "enum": ["active", "inactive", "pending"]},
    "verified": {"type": "boolean", "description": "Verification status", "default": true}
}})");

const Json choices = Json::parse(R"({"type": "object", "properties": {
    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {"type": "string", "oneOf": [
        {"const": "value1", "title": "First Option"},
        {"const": "value2", "title": "Second Option"},
        {"const": "value3", "title": "Third Option"}]},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
    "titledMulti": {"type": "array", "items": {"anyOf": [
        {"const": "value1", "title": "First Choice"},
        {"const": "value2", "title": "Second Choice"},
        {"const": "value3", "title": "Third Choice"}]}}
}})");

std::string with_defaults(const Json&, Context& context) {
    return "Elicitation completed: " + spoken(context.elicit("Please review the form with defaults", defaults));
}

} // namespace

std::string spoken(const Elicitation& answer) {
    switch (answer.action) {
    case Action::accept: return "action=accept, content=" + answer.content.dump();
    case Action::decline: return "action=decline";
    case Action::cancel: break;
    }
    return "action=cancel";
}

void add_asking(Server& server) {
    server.tool("test_sampling", "Asks the client's model", object({{"prompt", {{"type", "string"}}}}),
                [](const Json& in, Context& context) {
                    const SampleRequest request(in.at("prompt").get<std::string>(), 100);
                    return "LLM response: " + context.sample(request).as_text();
                });
    server.tool("test_elicitation", "Asks the user", object({{"message", {{"type", "string"}}}}),
                [](const Json& in, Context& context) {
                    return "User response: " + spoken(context.elicit(in.at("message").get<std::string>(), contact));
                });
    server.tool("test_elicitation_sep1034_defaults", "Asks with defaults", nothing(), with_defaults);
    server.tool("test_elicitation_sep1330_enums", "Asks with choices", nothing(), [](const Json&, Context& context) {
        return "Elicitation completed: " + spoken(context.elicit("Please select options", choices));
    });
    server.tool("test_streaming_elicitation", "Asks while it could report", nothing(), with_defaults);
    server.tool(
        "test_missing_capability", "Needs a client that can sample", nothing(),
        [] { return std::string("The client can sample"); }, ToolOptions().with_asks({"sample"}));
}

} // namespace everything
