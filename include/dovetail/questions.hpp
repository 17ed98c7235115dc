// What servers ask their clients, and the answers.
#ifndef DOVETAIL_QUESTIONS_HPP
#define DOVETAIL_QUESTIONS_HPP

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "content.hpp"

namespace dovetail {

/// What the user did with a question.
enum class Action { accept, decline, cancel };

/// The answer to a form.
struct Elicitation {
    Action action = Action::cancel;
    /// What was filled in, when accepted; null otherwise.
    Json content;

    /// Whether the user accepted.
    bool accepted() const { return action == Action::accept; }
    /// The content as a type of its own.
    template <class T> T as() const { return content.get<T>(); }

    static Elicitation accept(Json content) { return {Action::accept, std::move(content)}; }
    static Elicitation decline() { return {Action::decline, Json()}; }
    static Elicitation cancel() { return {Action::cancel, Json()}; }
};

/// A form for the user of a client.
struct Question {
    std::string message;
    /// JSON Schema of the answer's content.
    Json schema;

    /// The content that the schema proposes: the members that have a default.
    Json defaults() const {
        Json content = Json::object();
        const Json properties = schema.is_object() ? schema.value("properties", Json::object()) : Json::object();
        for (const auto& member : properties.items()) {
            if (member.value().contains("default")) {
                content[member.key()] = member.value()["default"];
            }
        }
        return content;
    }
};

/// A page that the user of a client is asked to open.
struct UrlQuestion {
    std::string message;
    std::string url;
};

/// A question to the client's model.
struct SampleRequest {
    /// One message of the user.
    SampleRequest(const std::string& text, uint64_t max_tokens)
        : params({{"messages", Json::array({PromptMessage::user(text)})}, {"maxTokens", max_tokens}}) {}
    /// Whole parameters in the terms of the specification.
    explicit SampleRequest(Json params) : params(std::move(params)) {}

    Json params;

    SampleRequest& with_system_prompt(const std::string& text) { return params["systemPrompt"] = text, *this; }
    SampleRequest& with(const std::string& member, Json value) { return params[member] = std::move(value), *this; }
};

/// What a model answered.
struct SampleResult {
    /// An answer in words.
    static SampleResult text(const std::string& model, const std::string& text) {
        return {{{"role", "assistant"}, {"content", Content::text(text)}, {"model", model}, {"stopReason", "endTurn"}}};
    }

    /// The whole result in the terms of the specification.
    Json raw;

    std::string model() const { return raw.value("model", ""); }
    std::string stop_reason() const { return raw.value("stopReason", ""); }
    /// The blocks, also of a peer that sends a single one.
    std::vector<Content> content() const {
        const Json blocks = raw.value("content", Json::array());
        return blocks.is_array() ? blocks.get<std::vector<Content>>() : std::vector<Content>{Content(blocks)};
    }
    /// The first text.
    std::string as_text() const {
        for (const Content& block : content()) {
            if (block.type() == "text") {
                return block.as_text();
            }
        }
        return "";
    }
};

/// A folder that a client lets a server work in.
struct Root {
    std::string uri;
    std::string name;

    friend void to_json(Json& json, const Root& root) {
        json = {{"uri", root.uri}};
        if (!root.name.empty()) {
            json["name"] = root.name;
        }
    }
    friend void from_json(const Json& json, Root& root) { root = {json.value("uri", ""), json.value("name", "")}; }
};

/// One of several questions that are asked at once.
struct Ask {
    static Ask form(const std::string& message, Json schema) {
        return {{{"kind", "form"}, {"message", message}, {"schema", std::move(schema)}}};
    }
    static Ask url(const std::string& message, const std::string& url) {
        return {{{"kind", "url"}, {"message", message}, {"url", url}}};
    }
    static Ask sample(const SampleRequest& request) { return {{{"kind", "sample"}, {"params", request.params}}}; }
    static Ask roots() { return {{{"kind", "roots"}}}; }

    Json question;
};

namespace detail {

inline Action action_of(const Json& answer) {
    const std::string action = answer.value("action", "cancel");
    return action == "accept" ? Action::accept : action == "decline" ? Action::decline : Action::cancel;
}

inline const char* name_of(Action action) {
    switch (action) {
    case Action::accept: return "accept";
    case Action::decline: return "decline";
    case Action::cancel: break;
    }
    return "cancel";
}

inline Elicitation elicitation_of(const Json& answer) {
    return {action_of(answer), action_of(answer) == Action::accept ? answer.value("content", Json()) : Json()};
}

} // namespace detail

/// The answers to several questions, by their keys. Throws Json::exception for a key that was not asked.
struct Answers {
    Json raw;

    Elicitation form(const std::string& key) const { return detail::elicitation_of(raw.at(key)); }
    Action url(const std::string& key) const { return detail::action_of(raw.at(key)); }
    SampleResult sample(const std::string& key) const { return {raw.at(key)}; }
    std::vector<Root> roots(const std::string& key) const {
        return raw.at(key).at("roots").get<std::vector<Root>>();
    }
};

} // namespace dovetail

#endif
