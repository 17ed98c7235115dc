// The values that cross the public interface: targets, options, results.
#ifndef DOVETAIL_TYPES_HPP
#define DOVETAIL_TYPES_HPP

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancel.hpp"
#include "error.hpp"

namespace dovetail {

/// A program to start as a server: a program and a list of arguments that no shell ever sees. The only way to start
/// a process; a plain string is always a URL.
struct Command {
    explicit Command(std::string program, std::vector<std::string> args = {},
                     std::map<std::string, std::string> env = {}, std::string cwd = "")
        : program(std::move(program)), args(std::move(args)), env(std::move(env)), cwd(std::move(cwd)) {}

    std::string program;
    std::vector<std::string> args;
    /// Variables in addition to those of this process.
    std::map<std::string, std::string> env;
    /// Empty: the directory of this process.
    std::string cwd;
};

/// What the user did with a question.
enum class Action { accept, decline, cancel };

/// The answer to a question.
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

/// A question for the user of a client.
struct Question {
    std::string message;
    /// JSON Schema of the answer's content.
    Json schema;
};

/// One step of an operation under way.
struct Progress {
    double value = 0;
    std::optional<double> total;
    std::string message;
};

/// What a tool answered.
struct CallResult {
    /// The typed value; null when the tool gave none.
    Json data;
    /// The content blocks.
    Json content;
    /// The structured content; null when there is none.
    Json structured;
    bool is_error = false;
    /// The whole result, untouched.
    Json raw;

    /// The typed value as a type of its own; throws Json::exception when it is another.
    template <class T> T as() const { return data.get<T>(); }
};

/// A tool of a server.
struct Tool {
    std::string name;
    std::string description;
    Json input_schema;
    /// Null when the tool declares none.
    Json output_schema;
    /// The whole definition, untouched.
    Json raw;
};

/// What a server says about itself.
struct ServerInfo {
    /// The revision of the protocol that was agreed on.
    std::string revision;
    std::string name;
    std::string version;
    std::string instructions;
    /// The whole description, untouched.
    Json raw;
};

/// Options of one call.
struct CallOptions {
    /// 0: the client's own timeout.
    std::chrono::milliseconds timeout{0};
    /// Called on the calling thread for every step that arrives; steps may be left out when it is slow. An exception
    /// cancels the call and leaves through it.
    std::function<void(const Progress&)> on_progress;
    std::optional<CancelToken> cancel;

    CallOptions& with_timeout(std::chrono::milliseconds value) { return timeout = value, *this; }
    CallOptions& with_progress(std::function<void(const Progress&)> value) {
        return on_progress = std::move(value), *this;
    }
    CallOptions& with_cancel(CancelToken value) { return cancel = std::move(value), *this; }
};

/// Options of a client.
struct ClientOptions {
    std::string name = "dovetail";
    std::string version = "0";
    /// `auto` finds the newest revision that both sides speak; a date pins one.
    std::string revision = "auto";
    /// For every call; 0: the core's own default.
    std::chrono::milliseconds timeout{0};
    /// Sent with every HTTP request.
    std::map<std::string, std::string> headers;
    /// Answers questions of the server; without it the client declares that it cannot. Runs on a thread of its own;
    /// an exception answers `cancel`.
    std::function<Elicitation(const Question&)> on_elicit;

    ClientOptions& with_name(std::string value) { return name = std::move(value), *this; }
    ClientOptions& with_version(std::string value) { return version = std::move(value), *this; }
    ClientOptions& with_revision(std::string value) { return revision = std::move(value), *this; }
    ClientOptions& with_timeout(std::chrono::milliseconds value) { return timeout = value, *this; }
    ClientOptions& with_header(const std::string& header, std::string value) {
        return headers[header] = std::move(value), *this;
    }
    ClientOptions& with_elicit(std::function<Elicitation(const Question&)> value) {
        return on_elicit = std::move(value), *this;
    }
};

/// Options of one tool.
struct ToolOptions {
    /// JSON Schema of the result; null declares none.
    Json output_schema;
    Json annotations;
    /// What the handler may ask: a client that cannot answer is refused before the handler runs.
    std::vector<std::string> asks;

    ToolOptions& with_output(Json schema) { return output_schema = std::move(schema), *this; }
    ToolOptions& with_annotations(Json value) { return annotations = std::move(value), *this; }
    ToolOptions& with_asks(std::vector<std::string> kinds) { return asks = std::move(kinds), *this; }
};

/// A handler's answer that is a whole result in the terms of the specification, instead of a plain value.
struct Whole {
    Json result;
};

/// Serves on standard input and output, which then belong to the protocol.
struct Stdio {};

/// Serves Streamable HTTP.
struct Http {
    /// `address` is `host:port`; port 0 picks one.
    explicit Http(std::string address) : address(std::move(address)) {}

    std::string address;
    std::string path = "/mcp";
    /// Host and Origin headers to allow beside those of the address itself; empty: the core's own rule.
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> allowed_origins;
    /// Told the URL when it listens, on the thread that serves.
    std::function<void(const std::string& url)> on_ready;

    Http& with_path(std::string value) { return path = std::move(value), *this; }
    Http& with_ready(std::function<void(const std::string&)> value) { return on_ready = std::move(value), *this; }
};

} // namespace dovetail

#endif
