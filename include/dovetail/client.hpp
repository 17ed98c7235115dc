// A client: connects, calls, answers the server's questions.
#ifndef DOVETAIL_CLIENT_HPP
#define DOVETAIL_CLIENT_HPP

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancel.hpp"
#include "channel.hpp"
#include "listening.hpp"
#include "options.hpp"
#include "payloads.hpp"
#include "server.hpp"

namespace dovetail {

/// What a client connects to: a URL (http or https), a program to start, or a server of this process.
class Target {
public:
    Target(const std::string& url) : url_(url) {}
    Target(const char* url) : url_(url) {}
    Target(const Command& command) : command_(command) {}
    /// The server must outlive the client.
    Target(Server& server) : server_(&server) {}

private:
    friend class Client;

    std::string url_;
    std::optional<Command> command_;
    Server* server_ = nullptr;
};

/// A client of one server, or of a group of them. Its constructor connects and throws DovetailError when that fails;
/// its end closes. Any number of threads may call at the same time.
class Client final : private detail::Receiver {
public:
    /// Connects to a URL (http or https; anything else is refused), to a program that is started and spoken to through
    /// its standard input and output and ends with the client, or to a server of this process.
    explicit Client(const Target& place, const ClientOptions& options = {})
        : Client(place.server_ == nullptr ? target(place, options) : Json{{"server", true}}, options,
                 !place.command_ || place.command_->respawn,
                 place.server_ == nullptr ? nullptr : place.server_->open().session()) {}

    /// A client of several servers, by names of the program's choice. A tool or prompt that one of them offers keeps
    /// its name; of those that several offer, each is `server_name`. A resource belongs to the first that has it. All
    /// have the same options; `CallOptions::server` sends a call to one of them. Throws as the constructors do.
    static Client group(const std::vector<std::pair<std::string, Target>>& members, const ClientOptions& options = {}) {
        Json targets = Json::object();
        bool respawn = true;
        for (const auto& member : members) {
            targets[member.first] = target(member.second, options);
            respawn = respawn && (!member.second.command_ || member.second.command_->respawn);
        }
        return Client({{"group", targets}}, options, respawn, nullptr);
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() override { channel_->finish(); }

    /// Calls a tool and waits for its result. Throws DovetailError: `tool_error` with the tool's own text when it
    /// failed, `cancelled`, `deadline_exceeded`, and whatever happens on the way.
    CallResult call(const std::string& name, const Json& arguments = Json::object(), const CallOptions& options = {}) {
        return call_tool(name, arguments, options, false);
    }

    /// As `call`, but a failure of the tool is a result with `is_error`.
    CallResult call_raw(const std::string& name, const Json& arguments = Json::object(),
                        const CallOptions& options = {}) {
        return call_tool(name, arguments, options, true);
    }

    /// Every tool of the server.
    std::vector<Tool> list_tools(const CallOptions& options = {}) {
        return list<Tool>("list_tools", "tools", detail::tool_of, options);
    }
    /// Every resource.
    std::vector<Resource> list_resources(const CallOptions& options = {}) {
        return list<Resource>("list_resources", "resources", detail::resource_of, options);
    }
    /// Every resource template.
    std::vector<ResourceTemplate> list_resource_templates(const CallOptions& options = {}) {
        return list<ResourceTemplate>("list_resource_templates", "resourceTemplates", detail::template_of, options);
    }
    /// Every prompt.
    std::vector<Prompt> list_prompts(const CallOptions& options = {}) {
        return list<Prompt>("list_prompts", "prompts", detail::prompt_of, options);
    }

    /// What a resource holds. Throws DovetailError: `unknown_resource`, and whatever happens on the way.
    ReadResult read_resource(const std::string& uri, const CallOptions& options = {}) {
        Json result = request("read_resource", {{"uri", uri}}, Json::object(), options);
        return {result.value("contents", Json::array()).get<std::vector<Contents>>(), std::move(result)};
    }

    /// What a prompt becomes with these arguments. Throws DovetailError: `unknown_prompt`, `invalid_params`, and
    /// whatever happens on the way.
    PromptResult get_prompt(const std::string& name, const std::map<std::string, std::string>& arguments = {},
                            const CallOptions& options = {}) {
        Json result = request("get_prompt", {{"name", name}, {"arguments", arguments}}, Json::object(), options);
        return {result.value("description", ""),
                result.value("messages", Json::array()).get<std::vector<PromptMessage>>(), std::move(result)};
    }

    /// Values for an argument of a prompt or a variable of a template, as far as it was typed. `context` holds the
    /// others that are known.
    Completion complete(const Reference& reference, const std::string& argument, const std::string& value,
                        const std::map<std::string, std::string>& context = {}, const CallOptions& options = {}) {
        const Json params = {
            {"ref", reference.raw}, {"argument", argument}, {"value", value}, {"context", context}};
        const Json result = request("complete", params, Json::object(), options);
        Completion completion{result.value("values", std::vector<std::string>()), std::nullopt,
                              result.value("hasMore", false)};
        if (result.contains("total")) {
            completion.total = result["total"].get<uint64_t>();
        }
        return completion;
    }

    /// Asks to be told when a resource changes, by every `listen` of this client.
    void subscribe(const std::string& uri) { request("subscribe", {{"uri", uri}}, Json::object(), {}); }
    /// Takes `subscribe` back.
    void unsubscribe(const std::string& uri) { request("unsubscribe", {{"uri", uri}}, Json::object(), {}); }

    /// Listens to changes. Returns when the server has said what it will tell about; what changes from then on is heard
    /// of. The token of `options` ends the stream. Throws DovetailError when the server cannot be listened to.
    Listening listen(const Filter& filter, const CallOptions& options = {}) {
        return Listening(start("listen", detail::described(filter).dump(), Json::object(), options), options.cancel);
    }

    /// Listens to changes until the server ends it or the token of `options` is cancelled; both are a normal end.
    /// `on_change` is called on the calling thread for every change; an exception ends the listening and leaves through
    /// it. Throws DovetailError when the server cannot be listened to, or is lost.
    void listen(const Filter& filter, const std::function<void(const Change&)>& on_change,
                const CallOptions& options = {}) {
        try {
            Listening changes = listen(filter, options);
            while (const auto change = changes.next()) {
                on_change(*change);
            }
        } catch (const DovetailError& error) {
            // Cancelled before it had begun.
            if (error.code() != DOVETAIL_ERROR_CANCELLED || !options.cancel || !options.cancel->cancelled()) {
                throw;
            }
        }
    }

    /// The least level of log messages that are wanted from now on; they go to `ClientOptions::on_log`.
    void set_log_level(LogLevel level) {
        request("set_log_level", {{"level", to_string(level)}}, Json::object(), {});
    }

    /// Throws when the server does not answer.
    void ping(const CallOptions& options = {}) { request("ping", Json::object(), Json::object(), options); }

    /// What the server says about itself, and the revision that was agreed on.
    ServerInfo server_info() {
        Json raw = request("server_info", Json::object(), Json::object(), CallOptions());
        const Json info = raw.value("info", Json::object());
        return {raw.value("revision", ""), info.value("name", ""), info.value("version", ""),
                raw.value("instructions", ""), std::move(raw)};
    }

    /// Lets open calls end within `deadline`, then cancels them and disconnects. Idempotent.
    void close(std::chrono::milliseconds deadline = std::chrono::milliseconds(1000)) {
        channel_->stop(static_cast<uint64_t>(deadline.count()));
    }

private:
    static constexpr uint64_t connecting = UINT64_MAX;

    Client(Json target, const ClientOptions& options, bool respawn, const DovetailSession* server)
        : options_(options) {
        const std::string text = config(std::move(target), respawn).dump();
        DovetailSession* session = nullptr;
        detail::check(dovetail_client_open(detail::Runtime::shared(), connecting, text.data(), text.size(), server,
                                           &session));
        // One question at a time: they go to one user.
        channel_ = std::make_unique<detail::Channel>(session, static_cast<detail::Receiver&>(*this), 1);
        detail::Channel::Operation connected(*channel_, connecting, channel_->expect(connecting));
        channel_->start();
        try {
            connected.wait();
        } catch (...) {
            // No destructor will run for a client that never was.
            channel_->finish();
            throw;
        }
    }

    Json config(Json target, bool respawn) const {
        Json config = {{"target", std::move(target)},
                       {"info", {{"name", options_.name}, {"version", options_.version}}},
                       {"revision", options_.revision},
                       {"inputs", detail::inputs_of(options_)},
                       {"sampleTools", options_.sample_tools},
                       {"respawn", respawn}};
        for (const auto& limit : options_.limits) {
            config["limits"][detail::member_of(limit.first)] = limit.second;
        }
        for (std::size_t number = 0; number < options_.layers.size(); ++number) {
            config["layers"].push_back(options_.layers[number].described(number));
        }
        if (options_.timeout.count() > 0) {
            config["timeoutMs"] = options_.timeout.count();
        }
        if (options_.max_total.count() > 0) {
            config["maxTotalMs"] = options_.max_total.count();
        }
        if (options_.reset_on_progress) {
            config["resetOnProgress"] = *options_.reset_on_progress;
        }
        if (options_.cache) {
            config["cache"] = *options_.cache;
        }
        if (options_.log_level) {
            config["logLevel"] = to_string(*options_.log_level);
        }
        return config;
    }

    static Json target(const Target& place, const ClientOptions& options) {
        if (place.server_ != nullptr) {
            return {{"server", place.server_->id()}};
        }
        if (!place.command_) {
            return {{"url", place.url_}, {"headers", options.headers}};
        }
        const Command& command = *place.command_;
        Json target = {{"command", command.program}, {"args", command.args}, {"env", command.env}};
        if (!command.cwd.empty()) {
            target["cwd"] = command.cwd;
        }
        return target;
    }

    CallResult call_tool(const std::string& name, const Json& arguments, const CallOptions& options, bool raw) {
        // Put together as text, because this is the hot path.
        const std::string params = "{\"name\":" + Json(name).dump() + ",\"arguments\":" + arguments.dump() + "}";
        Json answer = detail::parse(
            finish(start("call_tool", params, raw ? Json{{"raw", true}} : Json::object(), options), options));
        CallResult result;
        if (answer.contains("result")) {
            result.raw = std::move(answer["result"]);
        }
        if (answer.contains("data")) {
            result.data = std::move(answer["data"]);
        }
        result.content = result.raw.value("content", Json::array());
        result.structured = result.raw.value("structuredContent", Json());
        result.is_error = result.raw.value("isError", false);
        return result;
    }

    template <class Item>
    std::vector<Item> list(const char* operation, const char* member, Item (*item)(const Json&),
                           const CallOptions& options) {
        const Json listed = request(operation, Json::object(), Json::object(), options);
        std::vector<Item> items;
        for (const Json& entry : listed.at(member)) {
            items.push_back(item(entry));
        }
        return items;
    }

    /// Runs an operation to its end.
    Json request(const std::string& operation, const Json& params, Json flags, const CallOptions& options) {
        return detail::parse(finish(start(operation, params.dump(), std::move(flags), options), options));
    }

    /// Starts an operation. `params` is a JSON text, `flags` are options that are not the user's.
    std::unique_ptr<detail::Channel::Operation> start(const std::string& operation, const std::string& params,
                                                      Json flags, const CallOptions& options) {
        if (options.timeout.count() > 0) {
            flags["timeoutMs"] = options.timeout.count();
        }
        if (options.max_total.count() > 0) {
            flags["maxTotalMs"] = options.max_total.count();
        }
        if (options.reset_on_progress) {
            flags["resetOnProgress"] = *options.reset_on_progress;
        }
        if (options.on_progress) {
            flags["progress"] = true;
        }
        if (options.fresh) {
            flags["fresh"] = true;
        }
        if (!options.meta.is_null()) {
            flags["meta"] = options.meta;
        }
        if (!options.server.empty()) {
            flags["server"] = options.server;
        }
        const std::string words = flags.empty() ? std::string() : flags.dump();
        return channel_->operation([&](uint64_t key) {
            return dovetail_request(channel_->session(), key, operation.data(), operation.size(), params.data(),
                                    params.size(), words.data(), words.size());
        });
    }

    /// Waits for the end of an operation.
    static std::string finish(std::unique_ptr<detail::Channel::Operation> pending, const CallOptions& options) {
        std::optional<CancelToken::Subscription> cancel;
        if (options.cancel) {
            cancel.emplace(*options.cancel, [&pending] { pending->cancel(); });
        }
        return pending->wait([&options](const detail::Event& event) {
            if (event.kind == DOVETAIL_EVENT_PROGRESS && options.on_progress) {
                options.on_progress(detail::progress_of(detail::parse(event.payload)));
            }
        });
    }

    void serve(detail::Event& event) override {
        if (event.kind == DOVETAIL_EVENT_INTERCEPT) {
            options_.layers.at(static_cast<std::size_t>(event.code)).run(*channel_, event);
        } else if (event.kind == DOVETAIL_EVENT_INPUT) {
            answer(event);
        } else if (options_.on_log) {
            detail::tell(options_, event.payload);
        }
    }

    /// Answers a question of the server.
    void answer(const detail::Event& event) {
        std::string failure = "the handler failed";
        try {
            const Json answer = detail::answer_of(options_, Json::parse(event.payload));
            channel_->reply(event.key, DOVETAIL_SHAPE_VALUE, answer.dump());
            return;
        } catch (const std::exception& error) {
            failure = error.what();
        } catch (...) {
            // Whatever it was, the server only learns that there is no answer.
        }
        channel_->fail(event.key, detail::failure(failure));
    }

    ClientOptions options_;
    std::unique_ptr<detail::Channel> channel_;
};

} // namespace dovetail

#endif
