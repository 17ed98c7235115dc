// What a handler knows about its call and may do for it.
#ifndef DOVETAIL_CONTEXT_HPP
#define DOVETAIL_CONTEXT_HPP

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cancel.hpp"
#include "channel.hpp"
#include "log.hpp"
#include "questions.hpp"

namespace dovetail {
namespace detail {

/// What both the fetching thread and the handler's thread know of one call.
class CallState {
public:
    void cancel(const DovetailSession* session) {
        std::optional<CancelToken> token;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            cancelled_ = true;
            changed_.notify_all();
            if (asking_) {
                static_cast<void>(dovetail_cancel(session, *asking_));
            }
            token = token_;
        }
        if (token) {
            token->cancel();
        }
    }

    CancelToken token() {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!token_) {
            token_.emplace();
            if (cancelled_) {
                token_->cancel();
            }
        }
        return *token_;
    }

    bool cancelled() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return cancelled_;
    }

    bool wait_cancelled(std::optional<std::chrono::milliseconds> timeout) {
        Crew::about_to_wait();
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
    std::optional<CancelToken> token_;
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
        ignore_stale(dovetail_progress(channel_.session(), call_, text.data(), text.size()));
    }

    /// Sends a log message, often a string, to the client; nothing happens when it wants none of this level or is gone.
    void log(LogLevel level, const Json& data, const std::string& logger = "") {
        Json message = {{"level", to_string(level)}, {"data", data}};
        if (!logger.empty()) {
            message["logger"] = logger;
        }
        const std::string text = message.dump();
        ignore_stale(dovetail_log(channel_.session(), call_, text.data(), text.size()));
    }

    /// Asks the user behind the call to fill in a form and waits for the answer. `schema` is the JSON Schema of the
    /// content; `name` tells questions of one handler apart (by default their order does).
    ///
    /// May throw `Suspended` to end this run; the handler is then run again with the answer, so what stands before the
    /// question must bear to be done twice. Throws DovetailError: `unanswerable`, `cancelled`, `closed`.
    Elicitation elicit(const std::string& message, const Json& schema, const std::string& name = "") {
        return detail::elicitation_of(ask_one(Ask::form(message, schema), name));
    }

    /// Asks the user behind the call to open a page; the answer says whether the user agreed. Otherwise as `elicit`.
    Action elicit_url(const std::string& message, const std::string& url, const std::string& name = "") {
        return detail::action_of(ask_one(Ask::url(message, url), name));
    }

    /// Asks the model of the client. Otherwise as `elicit`.
    SampleResult sample(const SampleRequest& request, const std::string& name = "") {
        return {ask_one(Ask::sample(request), name)};
    }

    /// Asks the client which folders the server may work in. Otherwise as `elicit`.
    std::vector<Root> list_roots(const std::string& name = "") {
        return ask_one(Ask::roots(), name).at("roots").get<std::vector<Root>>();
    }

    /// Asks several questions at once; the answers have the keys of the questions. Otherwise as `elicit`.
    Answers ask(const std::map<std::string, Ask>& questions) {
        Json all = Json::object();
        for (const auto& question : questions) {
            all[question.first] = question.second.question;
        }
        return {question({{"kind", "many"}, {"questions", std::move(all)}}, "")};
    }

    /// Does something once per call, however often its handler is run again for an answer: `work` runs in the first run
    /// and its result, which Json must be able to hold, is what later runs get. `name` tells steps apart.
    template <class Work> auto step(const std::string& name, Work work) -> std::decay_t<decltype(work())> {
        using Type = std::decay_t<decltype(work())>;
        const Json known = question({{"kind", "recall"}}, name);
        if (known.contains("value")) {
            return known["value"].template get<Type>();
        }
        Type value = work();
        const std::string text = Json{{"name", name}, {"value", value}}.dump();
        finish(dovetail_record(channel_.session(), call_, text.data(), text.size()));
        return value;
    }

    /// Asks yes or no; anything but a clear yes is no. Otherwise as `elicit`.
    bool confirm(const std::string& message, const std::string& name = "") {
        return question({{"kind", "confirm"}, {"message", message}}, name).get<bool>();
    }

    /// Lets go of the connection of the caller, which comes back for the rest; `retry` tells it when. For work that
    /// outlasts connections, on revisions with resumable streams and servers that are `resumable`.
    void detach(std::optional<std::chrono::milliseconds> retry = std::nullopt) {
        Json request = {{"kind", "detach"}};
        if (retry) {
            request["retryMs"] = retry->count();
        }
        question(std::move(request), "");
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

    /// A token that is cancelled with the call: for the calls of a client that the handler makes, and for whatever else
    /// is to be told (`CancelToken::Subscription`).
    CancelToken cancel_token() const { return state_.token(); }

    /// Waits until the call is cancelled, or the time is over; says whether it is.
    bool wait_cancelled(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
        return state_.wait_cancelled(timeout);
    }

private:
    friend class Server;

    Context(detail::Channel& channel, uint64_t call, detail::CallState& state)
        : channel_(channel), call_(call), state_(state) {}

    Json ask_one(const Ask& ask, const std::string& name) { return question(ask.question, name); }

    Json question(Json question, const std::string& name) {
        if (!name.empty()) {
            question["name"] = name;
        }
        const std::string text = question.dump();
        auto operation = channel_.operation([&](uint64_t key) {
            return dovetail_ask(channel_.session(), call_, key, text.data(), text.size());
        });
        state_.ask(channel_.session(), operation->key());
        struct Answered {
            ~Answered() { context.state_.ask(context.channel_.session(), std::nullopt); }
            Context& context;
        } answered{*this};
        try {
            return detail::parse(operation->wait());
        } catch (const DovetailError& error) {
            if (error.code() == DOVETAIL_ERROR_SUSPENDED) {
                throw Suspended();
            }
            throw;
        }
    }

    /// Throws what a function answered, in the form that a handler knows.
    static void finish(int32_t status) {
        if (status == DOVETAIL_ERROR_SUSPENDED) {
            throw Suspended();
        }
        detail::check(status);
    }

    /// For messages to a caller that may have gone.
    static void ignore_stale(int32_t status) {
        if (status != DOVETAIL_ERROR_STALE_CALL) {
            detail::check(status);
        }
    }

    detail::Channel& channel_;
    uint64_t call_;
    detail::CallState& state_;
    Json info_;
};

} // namespace dovetail

#endif
