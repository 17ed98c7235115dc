// HTTP requests that a server answers without a socket, for programs that have an HTTP server of their own.
#ifndef DOVETAIL_EXCHANGE_HPP
#define DOVETAIL_EXCHANGE_HPP

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel.hpp"

namespace dovetail {

/// Names and values in their order; a name may come more than once.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The head of an HTTP request.
struct RequestHead {
    std::string method;
    /// As in the request line: path and query.
    std::string path;
    Headers headers;
    /// Who sends it, as the program's own HTTP server has found out; not set: anybody.
    std::optional<std::string> principal = std::nullopt;
};

/// The answer to one HTTP request, which goes on while its body is pulled. Its end tells the server that the peer has
/// gone, which cancels what is under way. Must not outlive the server.
class Exchange {
public:
    /// The status of the answer.
    int status() const { return status_; }
    /// Its headers; the names are in lower case.
    const Headers& headers() const { return headers_; }
    /// The first value of a header, by its name in lower case.
    std::optional<std::string> header(const std::string& name) const {
        for (const auto& header : headers_) {
            if (header.first == name) {
                return header.second;
            }
        }
        return std::nullopt;
    }

    /// Waits for the next piece of the body; nothing at its end. By one thread at a time. Throws DovetailError when the
    /// body cannot be finished: `cancelled` after `cancel`, `closed`.
    std::optional<std::string> next() {
        while (!operation_->done()) {
            detail::Event event = operation_->next();
            if (event.kind == DOVETAIL_EVENT_CHUNK) {
                return std::move(event.payload);
            }
        }
        return std::nullopt;
    }

    /// Waits for the rest of the body.
    std::string rest() {
        std::string body;
        while (const auto piece = next()) {
            body += *piece;
        }
        return body;
    }

    /// Tells the server that the peer has gone. Idempotent, from any thread.
    void cancel() const { operation_->cancel(); }

private:
    friend class Server;

    /// Waits for the head.
    explicit Exchange(std::unique_ptr<detail::Channel::Operation> operation) : operation_(std::move(operation)) {
        while (status_ == 0 && !operation_->done()) {
            const detail::Event event = operation_->next();
            if (event.kind == DOVETAIL_EVENT_HEAD) {
                status_ = event.code;
                headers_ = detail::parse(event.payload).at("headers").get<Headers>();
            }
        }
    }

    std::unique_ptr<detail::Channel::Operation> operation_;
    int status_ = 0;
    Headers headers_;
};

} // namespace dovetail

#endif
