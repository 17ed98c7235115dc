// What goes wrong. Owns the translation of statuses into exceptions.
#ifndef DOVETAIL_ERROR_HPP
#define DOVETAIL_ERROR_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "../dovetail.h"
#include "codes.hpp"
#include "json.hpp"
#include "payload_text.hpp"

namespace dovetail {

/// The one error of every operation. `code()` is one of DOVETAIL_ERROR_…, `name()` its stable name.
class DovetailError : public std::runtime_error {
public:
    /// An error of a handler or a layer, by its name, such as `unknown_resource`, `invalid_params` or `forbidden`: it
    /// refuses the request.
    DovetailError(const std::string& name, const std::string& text)
        : DovetailError(Json{{"code", detail::code_of(name)}, {"name", name}, {"detail", text}}) {}
    /// An error from its body `{code, name, detail, retry, rpc?, http?, context?}`.
    explicit DovetailError(const Json& body)
        : std::runtime_error(body.value("name", "internal") + ": " + body.value("detail", "")),
          body_(std::make_shared<const Body>(body)) {}

    /// The number, one of DOVETAIL_ERROR_….
    int code() const noexcept { return body_->code; }
    /// The name of the number, such as `tool_error`.
    const std::string& name() const noexcept { return body_->name; }
    /// What happened and what to do, one line.
    const std::string& detail() const noexcept { return body_->detail; }
    /// Whether to try again: `permanent`, `temporary` (later, unchanged), `persistent` (after something has changed).
    const std::string& retry() const noexcept { return body_->retry; }
    /// The error object of the peer; null when none came.
    const Json& rpc() const noexcept { return body_->rpc; }
    /// The HTTP status, when one came.
    std::optional<int> http() const noexcept { return body_->http; }
    /// Facts by name, for logs; null when there are none.
    const Json& context() const noexcept { return body_->context; }
    /// Whether one is a copy of the other.
    bool same_as(const DovetailError& other) const noexcept { return body_ == other.body_; }

private:
    struct Body {
        explicit Body(const Json& body)
            : code(body.value("code", DOVETAIL_ERROR_INTERNAL)), name(body.value("name", "internal")),
              detail(body.value("detail", "")), retry(body.value("retry", "permanent")),
              rpc(body.value("rpc", Json())), context(body.value("context", Json())) {
            if (body.contains("http")) {
                http = body["http"].get<int>();
            }
        }

        int code;
        std::string name, detail, retry;
        Json rpc;
        std::optional<int> http;
        Json context;
    };

    // Shared, so that copying an exception under way cannot throw.
    std::shared_ptr<const Body> body_;
};

/// Carries the end of a run out of a handler that has asked a question: the handler will be run again with the
/// answer. Let it pass; destructors run as usual. It is no std::exception on purpose, so that `catch (const
/// std::exception&)` does not stop it. Nothing is lost when it is caught: the core has already decided the outcome.
class Suspended final {};

namespace detail {

/// The error of the function that failed last on this thread.
inline DovetailError last_error(int32_t status) {
    std::size_t needed = 0;
    dovetail_last_error(nullptr, 0, &needed);
    std::string text(needed, '\0');
    dovetail_last_error(&text[0], text.size(), nullptr);
    Json body = lenient(text);
    if (!body.is_object()) {
        body = {{"code", status}, {"name", "internal"}, {"detail", "no error was recorded"}};
    }
    return DovetailError(body);
}

/// Throws when a function failed.
inline void check(int32_t status) {
    if (status != DOVETAIL_OK) {
        throw last_error(status);
    }
}

/// A payload as a value; an empty one is null.
inline Json parse(const std::string& payload) { return payload.empty() ? Json() : PayloadReader(payload).read(); }

/// What a tool's call fails with; an exception's text may hold any bytes.
inline std::string failure(const std::string& text) { return lossy({{"kind", "tool"}, {"detail", text}}); }

/// What a request is refused with.
inline std::string refusal(const DovetailError& error) {
    Json refusal = {{"kind", "error"}, {"name", error.name()}, {"detail", error.detail()}};
    if (!error.rpc().is_null()) {
        refusal["rpc"] = error.rpc();
    }
    return lossy(refusal);
}

/// Writes a line to the standard error stream.
inline void log(const std::string& level, const std::string& message) {
    std::fprintf(stderr, "dovetail: %s: %s\n", level.c_str(), message.c_str());
}

/// What a request is refused with when the program failed in a way that it did not expect: that goes to the log, and
/// the peer learns nothing of it.
inline std::string unexpected(const std::string& what) {
    log("error", "a handler or layer failed: " + (what.empty() ? "an exception of an unknown type" : what));
    return refusal(DovetailError("internal", "the handler failed; the log of its program says why"));
}

/// Reads a text of unknown length that a function copies out.
template <class Copy> std::string copied(Copy copy) {
    std::string text(512, '\0');
    std::size_t needed = 0;
    for (;;) {
        const int32_t status = copy(&text[0], text.size(), &needed);
        text.resize(needed);
        if (status != DOVETAIL_BUFFER_TOO_SMALL) {
            check(status);
            return text;
        }
    }
}

} // namespace detail
} // namespace dovetail

#endif
