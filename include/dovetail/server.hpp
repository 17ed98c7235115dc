// A server: tools, the pool that runs them, and the ways to serve.
#ifndef DOVETAIL_SERVER_HPP
#define DOVETAIL_SERVER_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel.hpp"
#include "context.hpp"
#include "pool.hpp"
#include "types.hpp"

namespace dovetail {

/// A server. Tools are registered first; the first `serve`, or the first client inside this process, opens it.
/// Its end closes it and waits for the handlers that run: a handler that takes long should look at
/// `Context::cancelled`.
class Server final : private detail::Receiver {
public:
    explicit Server(const std::string& name, const std::string& version = "0", const std::string& instructions = "")
        : pool_(detail::Pool::default_limit()) {
        config_ = {{"info", {{"name", name}, {"version", version}}}, {"tools", Json::array()}};
        if (!instructions.empty()) {
            config_["instructions"] = instructions;
        }
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() override {
        close(std::chrono::milliseconds(0));
        if (channel_ && channel_->inherited()) {
            pool_.abandon();
        }
        pool_.stop();
    }

    /// Registers a tool. `schema` is the JSON Schema of its arguments, which are validated before the handler runs.
    ///
    /// The handler takes `(const In&, Context&)` or `(const In&)`, where `In` is Json or any type that nlohmann/json
    /// reads; it answers a value that nlohmann/json writes, a `Whole` result, or nothing. Numbers and bool declare
    /// their own output schema, everything else declares the one of `options`. What a handler throws becomes a tool
    /// error with the exception's text. Several may run at the same time.
    ///
    /// Throws DovetailError `invalid_state` when the server is open.
    template <class In = Json, class Handler>
    Server& tool(const std::string& name, const std::string& description, Json schema, Handler handler,
                 const ToolOptions& options = {}) {
        Json tool = {{"name", name}, {"description", description}, {"inputSchema", std::move(schema)}};
        const Json output = options.output_schema.is_null() ? output_of<Handler, In>() : options.output_schema;
        if (!output.is_null()) {
            tool["outputSchema"] = output;
        }
        if (!options.annotations.is_null()) {
            tool["annotations"] = options.annotations;
        }
        if (!options.asks.empty()) {
            tool["asks"] = options.asks;
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        if (channel_) {
            throw refused("tools are registered before the server is opened");
        }
        config_["tools"].push_back(std::move(tool));
        handlers_.push_back([handler = std::move(handler)](const Json& arguments, Context& context) -> Reply {
            if constexpr (std::is_same_v<In, Json>) {
                return invoke(handler, arguments, context);
            } else {
                return invoke(handler, arguments.get<In>(), context);
            }
        });
        return *this;
    }

    /// How many handlers may run at the same time; by default min(4, cores). A handler that waits for an answer or a
    /// cancellation counts.
    Server& workers(std::size_t threads) {
        pool_.limit(threads);
        return *this;
    }

    /// Serves standard input and output until the client is gone or the server is closed. Throws DovetailError.
    void serve(const Stdio&) {
        run({{"stdio", true}}, [](const std::string&) {});
    }

    /// Serves HTTP until the server is closed. Throws DovetailError, for example when the address is in use.
    void serve(const Http& http) {
        Json config = {{"http", http.address}, {"path", http.path}};
        if (!http.allowed_hosts.empty()) {
            config["allowedHosts"] = http.allowed_hosts;
        }
        if (!http.allowed_origins.empty()) {
            config["allowedOrigins"] = http.allowed_origins;
        }
        run(config, [&http](const std::string& url) {
            if (http.on_ready) {
                http.on_ready(url);
            }
        });
    }

    /// `serve(Stdio())`.
    void serve_stdio() { serve(Stdio()); }
    /// `serve(Http(address))`.
    void serve_http(const std::string& address) { serve(Http(address)); }

    /// Accepts nothing new, lets running calls end within `deadline`, cancels the rest. Ends every `serve`.
    /// Idempotent, from any thread but a handler's.
    void close(std::chrono::milliseconds deadline = std::chrono::milliseconds(1000)) {
        detail::Channel* channel = nullptr;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            channel = channel_.get();
        }
        if (channel != nullptr) {
            channel->stop(static_cast<uint64_t>(deadline.count()));
        }
    }

private:
    friend class Client;

    struct Reply {
        Json value;
        uint32_t shape = DOVETAIL_SHAPE_VALUE;
    };
    using Tool = std::function<Reply(const Json&, Context&)>;

    template <class Handler, class In> static auto call(const Handler& handler, const In& in, Context& context) {
        if constexpr (std::is_invocable_v<const Handler&, const In&, Context&>) {
            return handler(in, context);
        } else {
            static_assert(std::is_invocable_v<const Handler&, const In&>,
                          "a handler takes (const In&, Context&) or (const In&) and must be callable as const");
            return handler(in);
        }
    }

    template <class Handler, class In>
    using Out = decltype(call(std::declval<const Handler&>(), std::declval<const In&>(), std::declval<Context&>()));

    /// The schema of what the handler answers, where its type says it all; null otherwise.
    template <class Handler, class In> static Json output_of() {
        using Type = Out<Handler, In>;
        if constexpr (std::is_same_v<Type, bool>) {
            return {{"type", "boolean"}};
        } else if constexpr (std::is_integral_v<Type>) {
            return {{"type", "integer"}};
        } else if constexpr (std::is_floating_point_v<Type>) {
            return {{"type", "number"}};
        } else {
            return nullptr;
        }
    }

    template <class Handler, class In> static Reply invoke(const Handler& handler, const In& in, Context& context) {
        using Type = Out<Handler, In>;
        if constexpr (std::is_void_v<Type>) {
            call(handler, in, context);
            return {};
        } else if constexpr (std::is_same_v<Type, Whole>) {
            return {call(handler, in, context).result, DOVETAIL_SHAPE_WHOLE};
        } else {
            return {Json(call(handler, in, context))};
        }
    }

    static DovetailError refused(const std::string& detail) {
        return DovetailError({{"code", DOVETAIL_ERROR_INVALID_STATE}, {"name", "invalid_state"}, {"detail", detail}});
    }

    /// Opens the server at its first use.
    detail::Channel& open() {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!channel_) {
            const std::string config = config_.dump();
            DovetailSession* session = nullptr;
            detail::check(dovetail_server_open(detail::Runtime::shared(), config.data(), config.size(), &session));
            channel_ = std::make_unique<detail::Channel>(session, static_cast<detail::Receiver&>(*this));
            channel_->start();
        }
        return *channel_;
    }

    template <class Ready> void run(const Json& config, Ready ready) {
        detail::Channel& channel = open();
        const std::string text = config.dump();
        auto operation = channel.operation([&](uint64_t key) {
            return dovetail_serve(channel.session(), key, text.data(), text.size());
        });
        try {
            operation.wait([&](const detail::Event& event) {
                if (event.kind == DOVETAIL_EVENT_READY) {
                    ready(detail::parse(event.payload).value("url", ""));
                }
            });
        } catch (const DovetailError& error) {
            // Being closed is how serving ends.
            if (error.code() != DOVETAIL_ERROR_CLOSED) {
                throw;
            }
        }
    }

    void calls(std::vector<detail::Event> events) override {
        std::vector<detail::Pool::Job> jobs;
        {
            const std::lock_guard<std::mutex> lock(live_mutex_);
            for (detail::Event& event : events) {
                auto state = std::make_shared<detail::CallState>();
                live_.emplace(event.key, state);
                jobs.push_back([this, state, event = std::move(event)] { handle(event, *state); });
            }
        }
        pool_.submit(std::move(jobs));
    }

    void cancelled(uint64_t call) override {
        const std::lock_guard<std::mutex> lock(live_mutex_);
        const auto found = live_.find(call);
        if (found != live_.end()) {
            found->second->cancel(channel_->session());
        }
    }

    void closed() override {
        const std::lock_guard<std::mutex> lock(live_mutex_);
        for (const auto& entry : live_) {
            entry.second->cancel(channel_->session());
        }
    }

    /// Runs one handler. Nothing leaves it: a failure is an answer as well.
    void handle(const detail::Event& event, detail::CallState& state) {
        Context context(*channel_, event.key, state);
        try {
            const Tool& tool = handlers_.at(static_cast<std::size_t>(event.code));
            const Reply reply = tool(Json::parse(event.payload), context);
            const std::string text = reply.value.dump();
            // The call may have been cancelled meanwhile; then nobody wants the answer.
            static_cast<void>(dovetail_reply(channel_->session(), event.key, reply.shape, text.data(), text.size()));
        } catch (const Suspended&) {
            fail(event.key, "suspended");
        } catch (const std::exception& error) {
            fail(event.key, error.what());
        } catch (...) {
            fail(event.key, "the handler failed");
        }
        const std::lock_guard<std::mutex> lock(live_mutex_);
        live_.erase(event.key);
    }

    void fail(uint64_t call, const char* detail) {
        // An exception's text may hold any bytes.
        const std::string text = Json{{"kind", "tool"}, {"detail", detail}}.dump(
            -1, ' ', false, Json::error_handler_t::replace);
        static_cast<void>(dovetail_fail(channel_->session(), call, text.data(), text.size()));
    }

    Json config_;
    std::vector<Tool> handlers_;
    /// Guards the opening; `channel_` stays as it is afterwards.
    std::mutex mutex_;
    std::unique_ptr<detail::Channel> channel_;
    std::mutex live_mutex_;
    std::unordered_map<uint64_t, std::shared_ptr<detail::CallState>> live_;
    detail::Pool pool_;
};

} // namespace dovetail

#endif
