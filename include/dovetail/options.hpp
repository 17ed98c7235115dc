// Options of clients, calls and definitions. Every one has a default and is set by name: `Options().with_…(…)`.
#ifndef DOVETAIL_OPTIONS_HPP
#define DOVETAIL_OPTIONS_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancel.hpp"
#include "layer.hpp"
#include "log.hpp"
#include "questions.hpp"
#include "types.hpp"

namespace dovetail {

/// Options of one operation of a client.
struct CallOptions {
    /// 0: the client's own timeout.
    std::chrono::milliseconds timeout{0};
    /// However much progress comes; 0: the client's own bound.
    std::chrono::milliseconds max_total{0};
    /// Whether progress starts the timeout anew; not set: as the client.
    std::optional<bool> reset_on_progress;
    /// Called on the calling thread for every step that arrives; steps may be left out when it is slow. An exception
    /// cancels the call and leaves through it.
    std::function<void(const Progress&)> on_progress;
    std::optional<CancelToken> cancel;
    /// Asks the server even when an answer is kept.
    bool fresh = false;
    /// Sent as the request's metadata; null: none.
    Json meta;
    /// Of a group: the member that this is for, with the names that it has there; empty: whoever offers it.
    std::string server;

    CallOptions& with_timeout(std::chrono::milliseconds value) { return timeout = value, *this; }
    CallOptions& with_max_total(std::chrono::milliseconds value) { return max_total = value, *this; }
    CallOptions& with_reset_on_progress(bool value) { return reset_on_progress = value, *this; }
    CallOptions& with_progress(std::function<void(const Progress&)> value) {
        return on_progress = std::move(value), *this;
    }
    CallOptions& with_cancel(CancelToken value) { return cancel = std::move(value), *this; }
    CallOptions& with_fresh(bool value = true) { return fresh = value, *this; }
    CallOptions& with_meta(Json value) { return meta = std::move(value), *this; }
    CallOptions& with_server(std::string value) { return server = std::move(value), *this; }
};

/// Options of a client. The handlers declare what the client can answer; without one it says that it cannot. They run
/// one after the other on a thread of their own.
struct ClientOptions {
    std::string name = "dovetail";
    std::string version = "0";
    /// `auto` finds the newest revision that both sides speak; a date pins one.
    std::string revision = "auto";
    /// For every call; 0: the core's own default.
    std::chrono::milliseconds timeout{0};
    /// For every call, however much progress comes; 0: the core's own default.
    std::chrono::milliseconds max_total{0};
    /// Whether progress starts the timeout of a call anew; not set: the core's own default.
    std::optional<bool> reset_on_progress;
    /// Whether answers are kept for as long as the server allows; not set: the core's own default.
    std::optional<bool> cache;
    /// The least level of messages that are wanted; not set: the server's choice.
    std::optional<LogLevel> log_level;
    /// Sent with every HTTP request.
    std::map<std::string, std::string> headers;
    /// Limits by their names in docs/limits.md, such as `retries`.
    std::map<std::string, uint64_t> limits;
    /// Around everything that goes out, and the notifications that come in; the outermost first.
    std::vector<Layer> layers;
    /// Answers forms. An exception answers `cancel`.
    std::function<Elicitation(const Question&)> on_elicit;
    /// Opens pages for the user. An exception answers `cancel`.
    std::function<Action(const UrlQuestion&)> on_elicit_url;
    /// Asks the user's model. An exception fails the question with its text.
    std::function<SampleResult(const SampleRequest&)> on_sample;
    /// Whether `on_sample` lets the model use tools.
    bool sample_tools = false;
    /// Tells the folders that servers may work in.
    std::function<std::vector<Root>()> on_roots;
    /// Told every log message of the server.
    std::function<void(const LogMessage&)> on_log;

    ClientOptions& with_name(std::string value) { return name = std::move(value), *this; }
    ClientOptions& with_version(std::string value) { return version = std::move(value), *this; }
    ClientOptions& with_revision(std::string value) { return revision = std::move(value), *this; }
    ClientOptions& with_timeout(std::chrono::milliseconds value) { return timeout = value, *this; }
    ClientOptions& with_max_total(std::chrono::milliseconds value) { return max_total = value, *this; }
    ClientOptions& with_reset_on_progress(bool value) { return reset_on_progress = value, *this; }
    ClientOptions& with_cache(bool value) { return cache = value, *this; }
    ClientOptions& with_log_level(LogLevel value) { return log_level = value, *this; }
    ClientOptions& with_header(const std::string& header, std::string value) {
        return headers[header] = std::move(value), *this;
    }
    ClientOptions& with_limits(std::map<std::string, uint64_t> value) { return limits = std::move(value), *this; }
    /// Puts a layer inside of those that are there.
    ClientOptions& with_layer(Layer value) { return layers.push_back(std::move(value)), *this; }
    ClientOptions& with_elicit(std::function<Elicitation(const Question&)> value) {
        return on_elicit = std::move(value), *this;
    }
    ClientOptions& with_elicit_url(std::function<Action(const UrlQuestion&)> value) {
        return on_elicit_url = std::move(value), *this;
    }
    ClientOptions& with_sample(std::function<SampleResult(const SampleRequest&)> value, bool tools = false) {
        return on_sample = std::move(value), sample_tools = tools, *this;
    }
    /// Always the same folders.
    ClientOptions& with_roots(std::vector<Root> value) {
        return with_roots([value = std::move(value)] { return value; });
    }
    ClientOptions& with_roots(std::function<std::vector<Root>()> value) {
        return on_roots = std::move(value), *this;
    }
    ClientOptions& with_log(std::function<void(const LogMessage&)> value) {
        return on_log = std::move(value), *this;
    }
};

/// Suggests values; runs on a thread of the server like a handler.
using Completer = std::function<std::vector<std::string>(const Completing&)>;

/// Options of one tool.
struct ToolOptions {
    /// JSON Schema of the result; null declares none.
    Json output_schema;
    Json annotations;
    /// What the handler may ask (`form`, `url`, `sample`, `roots`): a client that cannot answer is refused before the
    /// handler runs.
    std::vector<std::string> asks;
    /// For people; empty: the name.
    std::string title;
    /// In the terms of the specification; null: none.
    Json icons;
    /// Members for the client program; null: none.
    Json meta;
    /// Whether the last run of a call, sent again, gets the recorded result instead of running; not set: for
    /// destructive tools.
    std::optional<bool> once;
    /// Whether answers to named questions count although they come before the question was put.
    bool open_answers = false;

    ToolOptions& with_output(Json schema) { return output_schema = std::move(schema), *this; }
    ToolOptions& with_annotations(Json value) { return annotations = std::move(value), *this; }
    ToolOptions& with_asks(std::vector<std::string> kinds) { return asks = std::move(kinds), *this; }
    ToolOptions& with_title(std::string value) { return title = std::move(value), *this; }
    ToolOptions& with_icons(Json value) { return icons = std::move(value), *this; }
    ToolOptions& with_meta(Json value) { return meta = std::move(value), *this; }
    ToolOptions& with_once(bool value = true) { return once = value, *this; }
    ToolOptions& with_open_answers(bool value = true) { return open_answers = value, *this; }
};

/// Options of one resource, or of a template.
struct ResourceOptions {
    std::string title;
    std::string description;
    std::string mime_type;
    /// In bytes, for display.
    std::optional<uint64_t> size;
    Json annotations;
    Json icons;
    /// Suggest values for the variables of a template, by their names.
    std::map<std::string, Completer> completers;

    ResourceOptions& with_title(std::string value) { return title = std::move(value), *this; }
    ResourceOptions& with_description(std::string value) { return description = std::move(value), *this; }
    ResourceOptions& with_mime_type(std::string value) { return mime_type = std::move(value), *this; }
    ResourceOptions& with_size(uint64_t value) { return size = value, *this; }
    ResourceOptions& with_annotations(Json value) { return annotations = std::move(value), *this; }
    ResourceOptions& with_icons(Json value) { return icons = std::move(value), *this; }
    ResourceOptions& with_completer(const std::string& variable, Completer value) {
        return completers[variable] = std::move(value), *this;
    }
};

/// Options of one prompt.
struct PromptOptions {
    std::string title;
    Json icons;
    /// As for tools, and the next one.
    std::vector<std::string> asks;
    bool open_answers = false;
    /// Suggest values for the arguments, by their names.
    std::map<std::string, Completer> completers;

    PromptOptions& with_title(std::string value) { return title = std::move(value), *this; }
    PromptOptions& with_icons(Json value) { return icons = std::move(value), *this; }
    PromptOptions& with_asks(std::vector<std::string> kinds) { return asks = std::move(kinds), *this; }
    PromptOptions& with_open_answers(bool value = true) { return open_answers = value, *this; }
    PromptOptions& with_completer(const std::string& argument, Completer value) {
        return completers[argument] = std::move(value), *this;
    }
};

/// An answer of a server that may be kept.
enum class Cacheable { discover, tools, prompts, resources, resource_templates, reads };

/// Who may keep it: anybody on the way, or only the client that asked.
enum class CacheScope { anybody, asker };

} // namespace dovetail

#endif
