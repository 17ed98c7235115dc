// Layers (middleware): functions around the requests and notifications that pass a server or a client.
#ifndef DOVETAIL_LAYER_HPP
#define DOVETAIL_LAYER_HPP

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "channel.hpp"

namespace dovetail {

/// A request or a notification on its way through a layer.
struct Message {
    /// In the terms of the specification, like the parameters.
    std::string method;
    Json params;
    /// The revision of the protocol that it came in.
    std::string revision;
    /// Who sent it, when that is known.
    std::optional<std::string> principal;
    bool notification = false;
};

/// What is inside of a layer. Lives as long as the layer's function runs and must not be kept.
class Next {
public:
    Next(const Next&) = delete;
    Next& operator=(const Next&) = delete;

    /// Lets the message go on as it is and waits for the result of what is inside (`{}` for a notification). Once.
    /// Throws DovetailError: whatever happens inside, `cancelled` when nobody waits for the result any more,
    /// `invalid_state` the second time.
    Json operator()() { return proceed(""); }
    /// The same with the parameters of `message`. What belongs to the protocol stays when they lack it.
    Json operator()(const Message& message) {
        return proceed(message.params == message_.params ? "" : Json{{"params", message.params}}.dump());
    }

private:
    friend class Layer;

    Next(detail::Channel& channel, uint64_t call, const Message& message)
        : channel_(channel), call_(call), message_(message) {}

    Json proceed(const std::string& patch) {
        const auto inside = channel_.operation([&](uint64_t key) {
            return dovetail_proceed(channel_.session(), call_, key, patch.data(), patch.size());
        });
        begun_ = true;
        try {
            result_ = detail::parse(inside->wait());
            return *result_;
        } catch (const DovetailError& error) {
            error_ = error;
            throw;
        }
    }

    detail::Channel& channel_;
    uint64_t call_;
    const Message& message_;
    bool begun_ = false;
    std::optional<Json> result_;
    std::optional<DovetailError> error_;
};

/// A function around messages: it takes `(const Message&, Next&)` and answers the result, the one of `next` or another
/// one, or nothing, which passes on what `next` came to. One that answers without calling `next` answers by itself (and
/// drops a notification). A DovetailError that it throws refuses the message; any other exception is logged and refuses
/// it as `internal`. It has 10 s (limit `hook`) before it calls `next` and again afterwards.
///
/// Layers run on threads of their own, beside the handlers; several may run at the same time.
class Layer {
public:
    /// `methods`: the only ones that it wants to see, in the terms of the specification; empty: all.
    template <class Function, class = std::enable_if_t<std::is_invocable_v<const Function&, const Message&, Next&>>>
    Layer(Function function, std::vector<std::string> methods = {}) : methods_(std::move(methods)) {
        function_ = [function = std::move(function)](const Message& message, Next& next, Json& result) {
            if constexpr (std::is_void_v<std::invoke_result_t<const Function&, const Message&, Next&>>) {
                function(message, next);
                return false;
            } else {
                result = function(message, next);
                return true;
            }
        };
    }

    /// Its place in a configuration, under a number.
    Json described(std::size_t number) const {
        Json layer = {{"handler", number}, {"methods", methods_}};
        return methods_.empty() ? Json(number) : layer;
    }

    /// Sees a message through. Nothing leaves it.
    void run(detail::Channel& channel, const detail::Event& event) const {
        const Json payload = detail::parse(event.payload);
        Message message{payload.value("method", ""), payload.value("params", Json::object()),
                        payload.value("revision", ""), std::nullopt, payload.value("notification", false)};
        if (payload.contains("principal")) {
            message.principal = payload["principal"].get<std::string>();
        }
        Next next(channel, event.key, message);
        try {
            Json result;
            const bool answered = function_(message, next, result);
            if (next.begun_ && (!answered || next.result_ == result)) {
                channel.reply(event.key, DOVETAIL_SHAPE_OUTCOME, "");
            } else if (answered || message.notification) {
                channel.reply(event.key, DOVETAIL_SHAPE_WHOLE, answered ? result.dump() : "{}");
            } else {
                channel.fail(event.key, detail::unexpected("it neither answered the request nor called next"));
            }
        } catch (const DovetailError& error) {
            if (next.error_ && error.same_as(*next.error_)) {
                channel.reply(event.key, DOVETAIL_SHAPE_OUTCOME, "");
            } else {
                channel.fail(event.key, detail::refusal(error));
            }
        } catch (const std::exception& error) {
            channel.fail(event.key, detail::unexpected(error.what()));
        } catch (...) {
            channel.fail(event.key, detail::unexpected(""));
        }
    }

private:
    std::vector<std::string> methods_;
    std::function<bool(const Message&, Next&, Json&)> function_;
};

} // namespace dovetail

#endif
