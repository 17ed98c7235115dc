// The values that cross the public interface: targets, what servers offer, results.
#ifndef DOVETAIL_TYPES_HPP
#define DOVETAIL_TYPES_HPP

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "content.hpp"

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
    /// Whether a program that exits at the newest way of greeting is started once more for the old one.
    bool respawn = true;

    Command& with_respawn(bool value) { return respawn = value, *this; }
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
    /// The member of a group that offers it, as of the next three; empty when there is only one server.
    std::string server;
};

/// A resource of a server.
struct Resource {
    std::string uri;
    std::string name;
    std::string description;
    std::string mime_type;
    /// The whole definition, untouched.
    Json raw;
    std::string server;
};

/// A family of resources under URIs of one pattern (RFC 6570).
struct ResourceTemplate {
    std::string uri_template;
    std::string name;
    std::string description;
    std::string mime_type;
    /// The whole definition, untouched.
    Json raw;
    std::string server;
};

/// An argument of a prompt; always a string.
struct PromptArgument {
    std::string name;
    std::string description;
    bool required = false;
};

/// A prompt of a server.
struct Prompt {
    std::string name;
    std::string description;
    std::vector<PromptArgument> arguments;
    /// The whole definition, untouched.
    Json raw;
    std::string server;
};

/// What a resource holds.
struct ReadResult {
    std::vector<Contents> contents;
    /// The whole result, untouched.
    Json raw;

    /// The text of the first contents.
    std::string text() const { return contents.empty() ? std::string() : contents.front().text; }
};

/// What a prompt became.
struct PromptResult {
    std::string description;
    std::vector<PromptMessage> messages;
    /// The whole result, untouched.
    Json raw;
};

/// What is completed: an argument of a prompt, or a variable of a resource template.
struct Reference {
    static Reference prompt(const std::string& name) { return {{{"type", "ref/prompt"}, {"name", name}}}; }
    static Reference resource(const std::string& uri_template) {
        return {{{"type", "ref/resource"}, {"uri", uri_template}}};
    }

    Json raw;
};

/// Values that a server suggests.
struct Completion {
    std::vector<std::string> values;
    /// How many there are in all, when the server says so.
    std::optional<uint64_t> total;
    bool has_more = false;
};

/// What a completer is asked for.
struct Completing {
    std::string argument;
    /// What was typed so far.
    std::string value;
    /// The other arguments, as far as they are known.
    std::map<std::string, std::string> context;
};

/// What a server offers.
enum class Part { tools, resources, resource_templates, prompts };

/// What has changed at a server: one of its lists, or one resource.
struct Change {
    /// A list, when `uri` is empty.
    Part list = Part::resources;
    /// The resource whose content has changed.
    std::string uri;
};

/// What a client listens to.
struct Filter {
    bool tools = false;
    bool prompts = false;
    bool resources = false;
    /// Resources whose content is watched.
    std::vector<std::string> uris;

    /// Every list.
    static Filter lists() { return {true, true, true, {}}; }
    static Filter resource(std::string uri) { return {false, false, false, {std::move(uri)}}; }
};

/// What a server says about itself.
struct ServerInfo {
    /// The revision of the protocol that was agreed on.
    std::string revision;
    std::string name;
    std::string version;
    std::string instructions;
    /// The whole description, untouched; of a group with those of its `servers`.
    Json raw;
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
    /// Serves the endpoints of the oldest revision beside it.
    bool sse = false;
    /// Told the URL when it listens, on the thread that serves.
    std::function<void(const std::string& url)> on_ready;

    Http& with_path(std::string value) { return path = std::move(value), *this; }
    Http& with_sse(bool value = true) { return sse = value, *this; }
    Http& with_ready(std::function<void(const std::string&)> value) { return on_ready = std::move(value), *this; }
};

} // namespace dovetail

#endif
