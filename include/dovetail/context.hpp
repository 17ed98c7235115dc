// What a handler knows about its call and may do for it.
#ifndef DOVETAIL_CONTEXT_HPP
#define DOVETAIL_CONTEXT_HPP

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "channel.hpp"
#include "types.hpp"

namespace dovetail {
namespace detail {

/// What both the fetching thread and the handler's thread know of one call.
class CallState {
public:
    void cancel(const DovetailSession* session) {
        const std::lock_guard<std::mutex> lock(mutex_);
        cancelled_ = true;
        changed_.notify_all();
        if (asking_) {
            static_cast<void>(dovetail_cancel(session, *asking_));
        }
    }

    bool cancelled() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return cancelled_;
    }

    bool wait_cancelled(std::optional<std::chrono::milliseconds> timeout) {
        std::unique_lock<std::mutex> lock(mutex_);
        const auto is_cancelled = [this] { return cancelled_; };
        if (timeout) {
            return changed_.wait_for(lock, *timeout, is_cancelled);
        }
        changed_.wait(lock, is_cancelled);
        return true;
    }

    /// Names the question that waits, so that the end of the call ends it.
    void ask(const DovetailSession* session, std::optional<uint64_t> key) {
        const std::lock_guard<std::mutex> lock(mutex_);
        asking_ = key;
        if (cancelled_ && key) {
            static_cast<void>(dovetail_cancel(session, *key));
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool cancelled_ = false;
    std::optional<uint64_t> asking_;
};

} // namespace detail

/// The call that a handler is answering. Lives as long as the handler runs and must not be kept.
class Context {
public:
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    /// Tells the caller how far the work is; nothing happens when it did not ask, or is gone.
    void progress(double value, std::optional<double> total = std::nullopt, const std::string& message = "") {
        Json step = {{"progress", value}};
        if (total) {
            step["total"] = *total;
        }
        if (!message.empty()) {
            step["message"] = message;
        }
        const std::string text = step.dump();
        const int32_t status = dovetail_progress(channel_.session(), call_, text.data(), text.size());
        if (status != DOVETAIL_ERROR_STALE_CALL) {
            detail::check(status);
        }
    }

    /// Asks the user behind the call to fill in a form and waits for the answer. `schema` is the JSON Schema of the
    /// content; `name` tells questions of one handler apart (by default their order does).
    ///
    /// May throw `Suspended` to end this run; the handler is then run again with the answer, so what stands before the
    /// question must bear to be done twice. Throws DovetailError: `unanswerable`, `cancelled`, `closed`.
    Elicitation elicit(const std::string& message, const Json& schema, const std::string& name = "") {
        const Json answer = ask({{"kind", "form"}, {"message", message}, {"schema", schema}}, name);
        const std::string action = answer.value("action", "cancel");
        if (action == "accept") {
            return Elicitation::accept(answer.value("content", Json()));
        }
        return action == "decline" ? Elicitation::decline() : Elicitation::cancel();
    }

    /// Asks yes or no; anything but a clear yes is no. Otherwise as `elicit`.
    bool confirm(const std::string& message, const std::string& name = "") {
        return ask({{"kind", "confirm"}, {"message", message}}, name).get<bool>();
    }

    /// What is known about the call: `{method, name, revision, client, clientCapabilities, meta, …}`. Fetched once.
    const Json& info() {
        if (info_.is_null()) {
            info_ = Json::parse(detail::copied([this](char* text, std::size_t room, std::size_t* needed) {
                return dovetail_call_info(channel_.session(), call_, text, room, needed);
            }));
        }
        return info_;
    }

    /// Whether the caller has gone or cancelled; the answer is of no use then.
    bool cancelled() const { return state_.cancelled(); }

    /// Waits until the call is cancelled, or the time is over; says whether it is. For handlers that wait for
    /// something else as well.
    bool wait_cancelled(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
        return state_.wait_cancelled(timeout);
    }

private:
    friend class Server;

    Context(detail::Channel& channel, uint64_t call, detail::CallState& state)
        : channel_(channel), call_(call), state_(state) {}

    Json ask(Json question, const std::string& name) {
        if (!name.empty()) {
            question["name"] = name;
        }
        const std::string text = question.dump();
        auto operation = channel_.operation([&](uint64_t key) {
            return dovetail_ask(channel_.session(), call_, key, text.data(), text.size());
        });
        state_.ask(channel_.session(), operation.key());
        struct Answered {
            ~Answered() { context.state_.ask(context.channel_.session(), std::nullopt); }
            Context& context;
        } answered{*this};
        try {
            return detail::parse(operation.wait());
        } catch (const DovetailError& error) {
            if (error.code() == DOVETAIL_ERROR_SUSPENDED) {
                throw Suspended();
            }
            throw;
        }
    }

    detail::Channel& channel_;
    uint64_t call_;
    detail::CallState& state_;
    Json info_;
};

} // namespace dovetail

#endif
