// The changes of a server, as a client hears of them.
#ifndef DOVETAIL_LISTENING_HPP
#define DOVETAIL_LISTENING_HPP

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "channel.hpp"
#include "payloads.hpp"

namespace dovetail {

/// Listens to changes of a server. Its end closes the stream. Must not outlive the client.
class Listening {
public:
    /// What the server will tell about; it may be less than what was asked for.
    const Filter& granted() const { return granted_; }

    /// Waits for the next change; nothing when the server has ended the stream, or after `cancel`. By one thread at a
    /// time. Throws DovetailError when the server is lost.
    std::optional<Change> next() {
        try {
            while (!stream_->operation->done()) {
                const detail::Event event = stream_->operation->next();
                if (event.kind == DOVETAIL_EVENT_CHANGE) {
                    return detail::change_of(detail::parse(event.payload));
                }
            }
        } catch (const DovetailError& error) {
            if (error.code() != DOVETAIL_ERROR_CANCELLED || !stream_->cancelled) {
                throw;
            }
        }
        return std::nullopt;
    }

    /// Ends the stream. Idempotent, from any thread.
    void cancel() const { stream_->cancel(); }

private:
    friend class Client;

    /// Where it stays while the object is moved.
    struct Stream {
        explicit Stream(std::unique_ptr<detail::Channel::Operation> operation) : operation(std::move(operation)) {}

        void cancel() {
            cancelled = true;
            operation->cancel();
        }

        std::unique_ptr<detail::Channel::Operation> operation;
        std::atomic<bool> cancelled{false};
        std::optional<CancelToken::Subscription> subscription;
    };

    /// Waits for what is granted.
    Listening(std::unique_ptr<detail::Channel::Operation> operation, const std::optional<CancelToken>& token)
        : stream_(std::make_unique<Stream>(std::move(operation))) {
        if (token) {
            stream_->subscription.emplace(*token, [stream = stream_.get()] { stream->cancel(); });
        }
        for (bool ready = false; !ready && !stream_->operation->done();) {
            const detail::Event event = stream_->operation->next();
            if (event.kind == DOVETAIL_EVENT_READY) {
                granted_ = detail::filter_of(detail::parse(event.payload));
                ready = true;
            }
        }
    }

    std::unique_ptr<Stream> stream_;
    Filter granted_;
};

} // namespace dovetail

#endif
