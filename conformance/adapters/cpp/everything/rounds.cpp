// Tools and a prompt whose questions travel in results, under the names that the suite looks for.
#include "everything.hpp"

using namespace dovetail;

namespace everything {
namespace {

const Json name_form = object({{"name", {{"type", "string"}}}});
const Json confirm_form = object({{"ok", {{"type", "boolean"}}}});
const Json color_form = object({{"color", {{"type", "string"}}}});
const Json topic_form = object({{"context", {{"type", "string"}}}});

std::string ask_name(const Json&, Context& context) {
    return "Hello: " + spoken(context.elicit("What is your name?", name_form, "user_name"));
}

std::string ask_model(const Json&, Context& context) {
    const SampleRequest capital("What is the capital of France?", 100);
    return "The model said: " + context.sample(capital, "capital_question").raw.dump();
}

std::string ask_roots(const Json&, Context& context) {
    std::string uris;
    for (const Root& root : context.list_roots("client_roots")) {
        uris += (uris.empty() ? "" : ", ") + root.uri;
    }
    return "Roots: " + uris;
}

std::string keep_state(const Json&, Context& context) {
    return "state-ok: " + spoken(context.elicit("Please confirm", confirm_form, "confirm"));
}

std::string ask_all(const Json&, Context& context) {
    const Answers answers = context.ask({{"user_name", Ask::form("What is your name?", name_form)},
                                         {"greeting", Ask::sample(SampleRequest("Generate a greeting", 50))},
                                         {"client_roots", Ask::roots()}});
    return "All answered: " + spoken(answers.form("user_name"));
}

std::string ask_twice(const Json&, Context& context) {
    const Elicitation name = context.elicit("Step 1: What is your name?", name_form, "step1");
    const Elicitation color = context.elicit("Step 2: What is your favorite color?", color_form, "step2");
    return "Done: " + spoken(name) + " and " + spoken(color);
}

std::string ask_what_can_be_answered(const Json&, Context& context) {
    const Json can = context.info().value("clientCapabilities", Json::object());
    if (can.contains("sampling")) {
        context.sample(SampleRequest("Say hello", 50));
    }
    if (can.contains("elicitation")) {
        context.elicit("What is your name?", name_form, "user_name");
    }
    return "Everything that this client can answer was asked";
}

} // namespace

void add_rounds(Server& server) {
    // The suite answers this question before it is put.
    server.tool("test_input_required_result_elicitation", "Asks for a name", nothing(), ask_name,
                ToolOptions().with_open_answers());
    server.tool("test_input_required_result_sampling", "Asks the model", nothing(), ask_model);
    server.tool("test_input_required_result_list_roots", "Asks for roots", nothing(), ask_roots);
    server.tool("test_input_required_result_request_state", "Keeps its state", nothing(), keep_state);
    server.tool("test_input_required_result_multiple_inputs", "Asks three things at once", nothing(), ask_all);
    server.tool("test_input_required_result_multi_round", "Asks twice", nothing(), ask_twice);
    server.tool("test_input_required_result_tampered_state", "Guards its state", nothing(), keep_state);
    server.tool("test_input_required_result_capabilities", "Asks what can be answered", nothing(),
                ask_what_can_be_answered);
    server.prompt("test_input_required_result_prompt", "Asks before it is written", {},
                  [](const Json&, Context& context) {
                      return "Use this context: " + spoken(context.elicit("What context should the prompt use?",
                                                                          topic_form, "user_context"));
                  });
}

} // namespace everything
