// A client: connects, calls, answers the server's questions.
#ifndef DOVETAIL_CLIENT_HPP
#define DOVETAIL_CLIENT_HPP

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancel.hpp"
#include "channel.hpp"
#include "pool.hpp"
#include "server.hpp"
#include "types.hpp"

namespace dovetail {

/// A client of one server. Its constructor connects and throws DovetailError when that fails; its end closes.
/// Any number of threads may call at the same time.
class Client final : private detail::Receiver {
public:
    /// Connects to a URL (http or https; anything else is refused).
    explicit Client(const std::string& url, ClientOptions options = {})
        : Client({{"url", url}, {"headers", options.headers}}, nullptr, std::move(options)) {}

    /// Starts a program and speaks to it through its standard input and output; it ends with the client.
    explicit Client(const Command& command, ClientOptions options = {})
        : Client(target(command), nullptr, std::move(options)) {}

    /// Speaks to a server of this process.
    explicit Client(Server& server, ClientOptions options = {})
        : Client({{"server", true}}, server.open().session(), std::move(options)) {}

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() override {
        close(std::chrono::milliseconds(0));
        if (channel_->inherited()) {
            pool_.abandon();
        }
        pool_.stop();
    }

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
    std::vector<Tool> list_tools() {
        const Json listed = request("list_tools", Json::object(), Json::object(), CallOptions());
        std::vector<Tool> tools;
        for (const Json& tool : listed.at("tools")) {
            tools.push_back({tool.value("name", ""), tool.value("description", ""), tool.value("inputSchema", Json()),
                             tool.value("outputSchema", Json()), tool});
        }
        return tools;
    }

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

    Client(Json target, const DovetailSession* server, ClientOptions options)
        : on_elicit_(std::move(options.on_elicit)), pool_(1) {
        Json config = {{"target", std::move(target)},
                       {"info", {{"name", options.name}, {"version", options.version}}},
                       {"revision", options.revision}};
        if (on_elicit_) {
            config["inputs"] = {"form"};
        }
        if (options.timeout.count() > 0) {
            config["timeoutMs"] = options.timeout.count();
        }
        const std::string text = config.dump();
        DovetailSession* session = nullptr;
        detail::check(dovetail_client_open(detail::Runtime::shared(), connecting, text.data(), text.size(), server,
                                           &session));
        channel_ = std::make_unique<detail::Channel>(session, static_cast<detail::Receiver&>(*this));
        detail::Channel::Operation connected(*channel_, connecting, channel_->expect(connecting));
        channel_->start();
        try {
            connected.wait();
        } catch (...) {
            // No destructor will run for a client that never was.
            channel_->stop(0);
            pool_.stop();
            throw;
        }
    }

    static Json target(const Command& command) {
        Json target = {{"command", command.program}, {"args", command.args}, {"env", command.env}};
        if (!command.cwd.empty()) {
            target["cwd"] = command.cwd;
        }
        return target;
    }

    CallResult call_tool(const std::string& name, const Json& arguments, const CallOptions& options, bool raw) {
        Json flags = Json::object();
        if (raw) {
            flags["raw"] = true;
        }
        const Json answer = request("call_tool", {{"name", name}, {"arguments", arguments}}, std::move(flags), options);
        const Json result = answer.value("result", Json::object());
        return {answer.value("data", Json()), result.value("content", Json::array()),
                result.value("structuredContent", Json()), result.value("isError", false), result};
    }

    Json request(const std::string& operation, const Json& params, Json flags, const CallOptions& options) {
        if (options.timeout.count() > 0) {
            flags["timeoutMs"] = options.timeout.count();
        }
        if (options.on_progress) {
            flags["progress"] = true;
        }
        const std::string input = params.dump();
        const std::string words = flags.dump();
        auto pending = channel_->operation([&](uint64_t key) {
            return dovetail_request(channel_->session(), key, operation.data(), operation.size(), input.data(),
                                    input.size(), words.data(), words.size());
        });
        std::optional<CancelToken::Subscription> cancel;
        if (options.cancel) {
            cancel.emplace(*options.cancel, [&pending] { pending.cancel(); });
        }
        return detail::parse(pending.wait([&options](const detail::Event& event) {
            if (event.kind == DOVETAIL_EVENT_PROGRESS && options.on_progress) {
                options.on_progress(progress(detail::parse(event.payload)));
            }
        }));
    }

    static Progress progress(const Json& step) {
        Progress progress{step.value("progress", 0.0), std::nullopt, step.value("message", "")};
        if (step.contains("total")) {
            progress.total = step["total"].get<double>();
        }
        return progress;
    }

    void calls(std::vector<detail::Event> events) override {
        std::vector<detail::Pool::Job> jobs;
        for (detail::Event& event : events) {
            jobs.push_back([this, event = std::move(event)] { answer(event); });
        }
        pool_.submit(std::move(jobs));
    }

    void cancelled(uint64_t) override {}
    void closed() override {}

    /// Answers a question of the server; without a good answer the question is cancelled.
    void answer(const detail::Event& event) {
        std::string text = R"({"action":"cancel"})";
        try {
            const Json question = Json::parse(event.payload);
            const Elicitation given = on_elicit_({question.value("message", ""), question.value("schema", Json())});
            if (given.action == Action::accept) {
                text = Json{{"action", "accept"}, {"content", given.content}}.dump();
            } else if (given.action == Action::decline) {
                text = R"({"action":"decline"})";
            }
        } catch (...) {
            // What went wrong is the program's own affair; the server only learns that there is no answer.
        }
        // Too late an answer is no fault.
        static_cast<void>(
            dovetail_reply(channel_->session(), event.key, DOVETAIL_SHAPE_VALUE, text.data(), text.size()));
    }

    std::function<Elicitation(const Question&)> on_elicit_;
    std::unique_ptr<detail::Channel> channel_;
    detail::Pool pool_;
};

} // namespace dovetail

#endif
