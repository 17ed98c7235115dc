// What a client reads out of results and events, and how its handlers answer questions. No session, no thread.
#ifndef DOVETAIL_PAYLOADS_HPP
#define DOVETAIL_PAYLOADS_HPP

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "options.hpp"

namespace dovetail {
namespace detail {

inline Tool tool_of(const Json& tool) {
    return {tool.value("name", ""), tool.value("description", ""), tool.value("inputSchema", Json()),
            tool.value("outputSchema", Json()), tool, tool.value("server", "")};
}

inline Resource resource_of(const Json& resource) {
    return {resource.value("uri", ""), resource.value("name", ""), resource.value("description", ""),
            resource.value("mimeType", ""), resource, resource.value("server", "")};
}

inline ResourceTemplate template_of(const Json& resource) {
    return {resource.value("uriTemplate", ""), resource.value("name", ""), resource.value("description", ""),
            resource.value("mimeType", ""), resource, resource.value("server", "")};
}

inline Prompt prompt_of(const Json& prompt) {
    Prompt read{prompt.value("name", ""), prompt.value("description", ""), {}, prompt, prompt.value("server", "")};
    for (const Json& argument : prompt.value("arguments", Json::array())) {
        read.arguments.push_back(
            {argument.value("name", ""), argument.value("description", ""), argument.value("required", false)});
    }
    return read;
}

inline Progress progress_of(const Json& step) {
    Progress progress{step.value("progress", 0.0), std::nullopt, step.value("message", "")};
    if (step.contains("total")) {
        progress.total = step["total"].get<double>();
    }
    return progress;
}

inline Change change_of(const Json& change) {
    const std::string kind = change.value("kind", "");
    const Part list = kind == "tools" ? Part::tools : kind == "prompts" ? Part::prompts : Part::resources;
    return {list, change.value("uri", "")};
}

inline Filter filter_of(const Json& filter) {
    return {filter.value("tools", false), filter.value("prompts", false), filter.value("resources", false),
            filter.value("uris", std::vector<std::string>())};
}

inline Json described(const Filter& filter) {
    return {{"tools", filter.tools},
            {"prompts", filter.prompts},
            {"resources", filter.resources},
            {"uris", filter.uris}};
}

/// What a client can answer.
inline Json inputs_of(const ClientOptions& options) {
    Json inputs = Json::array();
    if (options.on_elicit) {
        inputs.push_back("form");
    }
    if (options.on_elicit_url) {
        inputs.push_back("url");
    }
    if (options.on_sample) {
        inputs.push_back("sample");
    }
    if (options.on_roots) {
        inputs.push_back("roots");
    }
    return inputs;
}

/// The answer to a form; a handler that throws cancels.
inline Json form_answer(const ClientOptions& options, const Json& question) {
    Elicitation given;
    try {
        given = options.on_elicit({question.value("message", ""), question.value("schema", Json())});
    } catch (...) {
        // What went wrong is the program's own affair.
        given = Elicitation::cancel();
    }
    Json answer = {{"action", name_of(given.action)}};
    if (given.accepted()) {
        answer["content"] = given.content;
    }
    return answer;
}

/// The same for a page.
inline Json url_answer(const ClientOptions& options, const Json& question) {
    Action given = Action::cancel;
    try {
        given = options.on_elicit_url({question.value("message", ""), question.value("url", "")});
    } catch (...) {
        // As for a form.
    }
    return {{"action", name_of(given)}};
}

/// The answer to any question; what the handlers for models and folders throw leaves through it.
inline Json answer_of(const ClientOptions& options, const Json& question) {
    const std::string kind = question.value("kind", "");
    if (kind == "form" && options.on_elicit) {
        return form_answer(options, question);
    }
    if (kind == "url" && options.on_elicit_url) {
        return url_answer(options, question);
    }
    if (kind == "sample" && options.on_sample) {
        return options.on_sample(SampleRequest(question.value("params", Json::object()))).raw;
    }
    if (kind == "roots" && options.on_roots) {
        return {{"roots", options.on_roots()}};
    }
    throw std::invalid_argument("nothing answers a question of kind " + kind);
}

/// Hands a log message over. What the callback throws ends with it: nobody waits for it.
inline void tell(const ClientOptions& options, const std::string& payload) {
    try {
        const Json message = Json::parse(payload);
        options.on_log(
            {level_of(message.value("level", "")), message.value("logger", ""), message.value("data", Json())});
    } catch (...) {
        // A message that cannot be shown is lost; it must not end the thread.
    }
}

} // namespace detail
} // namespace dovetail

#endif
