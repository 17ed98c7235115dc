// From the user's functions to what the native layer runs: any sensible signature, any sensible answer.
#ifndef DOVETAIL_HANDLER_HPP
#define DOVETAIL_HANDLER_HPP

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "content.hpp"
#include "context.hpp"
#include "payload_text.hpp"
#include "types.hpp"

namespace dovetail {
namespace detail {

/// What goes back for a call.
struct Reply {
    Json value;
    uint32_t shape = DOVETAIL_SHAPE_VALUE;
    /// In place of the value, when the shape says so.
    std::string text;

    /// The bytes that the core gets.
    std::string bytes() && { return shape == DOVETAIL_SHAPE_TEXT ? std::move(text) : value.dump(); }
};

/// A text as it is; one that may not be UTF-8 is left to the JSON type, which refuses it.
inline Reply reply_of(std::string text) {
    if (!is_ascii(text)) {
        return {Json(std::move(text)), DOVETAIL_SHAPE_VALUE, {}};
    }
    return {nullptr, DOVETAIL_SHAPE_TEXT, std::move(text)};
}

inline Reply reply_of(Json value) {
    if (value.is_string()) {
        return reply_of(std::move(value.get_ref<std::string&>()));
    }
    return {std::move(value), DOVETAIL_SHAPE_VALUE, {}};
}

/// A handler of the table, whatever it serves.
using Target = std::function<Reply(const Json&, Context&)>;

template <class Handler, class In> auto call(const Handler& handler, const In& in, Context& context) {
    if constexpr (std::is_invocable_v<const Handler&, const In&, Context&>) {
        return handler(in, context);
    } else if constexpr (std::is_invocable_v<const Handler&, const In&>) {
        return handler(in);
    } else {
        static_assert(std::is_invocable_v<const Handler&>,
                      "a handler takes (const In&, Context&), (const In&) or () and must be callable as const");
        return handler();
    }
}

template <class Handler, class In>
using Out = decltype(call(std::declval<const Handler&>(), std::declval<const In&>(), std::declval<Context&>()));

/// The schema of what the handler answers, where its type says it all; null otherwise.
template <class Handler, class In> Json output_of() {
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

template <class Handler, class In> Reply invoke(const Handler& handler, const In& in, Context& context) {
    using Type = Out<Handler, In>;
    if constexpr (std::is_void_v<Type>) {
        call(handler, in, context);
        return {};
    } else if constexpr (std::is_same_v<Type, Whole>) {
        return {call(handler, in, context).result, DOVETAIL_SHAPE_WHOLE, {}};
    } else if constexpr (std::is_same_v<Type, std::string>) {
        return reply_of(call(handler, in, context));
    } else if constexpr (std::is_same_v<Type, ToolResult>) {
        return {Json(call(handler, in, context)), DOVETAIL_SHAPE_WHOLE, {}};
    } else if constexpr (std::is_same_v<Type, Content>) {
        return {Json(ToolResult({call(handler, in, context)})), DOVETAIL_SHAPE_WHOLE, {}};
    } else if constexpr (std::is_same_v<Type, std::vector<Content>>) {
        return {Json(ToolResult(call(handler, in, context))), DOVETAIL_SHAPE_WHOLE, {}};
    } else if constexpr (std::is_same_v<Type, PromptMessage> || std::is_same_v<Type, Contents>) {
        return reply_of(Json::array({Json(call(handler, in, context))}));
    } else if constexpr (std::is_same_v<Type, Bytes>) {
        return reply_of(Json::array({Json(Contents::of_bytes(call(handler, in, context)))}));
    } else {
        return reply_of(Json(call(handler, in, context)));
    }
}

/// The input of a handler; what cannot be read is refused with `unreadable`, the name of an error.
template <class In> In input_of(const Json& payload, const char* unreadable) {
    try {
        return payload.get<In>();
    } catch (const DovetailError&) {
        throw;
    } catch (const std::exception& error) {
        throw DovetailError(unreadable, error.what());
    }
}

/// A handler whose input is the whole payload.
template <class In, class Handler> Target target_of(Handler handler, const char* unreadable = "invalid_params") {
    return [handler = std::move(handler), unreadable](const Json& payload, Context& context) -> Reply {
        if constexpr (std::is_same_v<In, Json>) {
            return invoke(handler, payload, context);
        } else {
            return invoke(handler, input_of<In>(payload, unreadable), context);
        }
    };
}

/// What a resource answered, with the URI and the media type that it left out.
inline Reply completed(Reply reply, const std::string& uri, const std::string& mime_type) {
    if (reply.shape == DOVETAIL_SHAPE_VALUE && reply.value.is_array()) {
        for (Json& contents : reply.value) {
            if (contents.is_object() && !contents.contains("uri")) {
                contents["uri"] = uri;
            }
            if (contents.is_object() && !contents.contains("mimeType") && !mime_type.empty()) {
                contents["mimeType"] = mime_type;
            }
        }
    }
    return reply;
}

template <class Completer> Target completer_of(Completer completer) {
    return [completer = std::move(completer)](const Json& payload, Context&) -> Reply {
        Completing completing{payload.value("argument", ""), payload.value("value", ""), {}};
        const Json context = payload.value("context", Json::object());
        for (const auto& known : context.items()) {
            completing.context[known.key()] = known.value().is_string() ? known.value().get<std::string>() : "";
        }
        return reply_of(Json(completer(completing)));
    };
}

} // namespace detail
} // namespace dovetail

#endif
