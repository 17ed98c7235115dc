// Cancellation from another thread.
#ifndef DOVETAIL_CANCEL_HPP
#define DOVETAIL_CANCEL_HPP

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace dovetail {

/// Cancels the calls that it was given to. Copies share one state; `cancel` may be called from any thread, also
/// before the call has started. A cancelled token stays cancelled.
class CancelToken {
public:
    CancelToken() : state_(std::make_shared<State>()) {}

    /// Cancels. Idempotent.
    void cancel() const {
        const std::lock_guard<std::mutex> lock(state_->mutex);
        state_->cancelled = true;
        for (const auto& entry : state_->actions) {
            entry.second();
        }
        state_->actions.clear();
    }

    /// Whether it was cancelled.
    bool cancelled() const {
        const std::lock_guard<std::mutex> lock(state_->mutex);
        return state_->cancelled;
    }

private:
    struct State {
        std::mutex mutex;
        bool cancelled = false;
        uint64_t next = 0;
        std::map<uint64_t, std::function<void()>> actions;
    };

public:
    /// While it lives, the action runs when the token is cancelled, at once if it is. The action must be short and
    /// must not use the token.
    class Subscription {
    public:
        Subscription(const CancelToken& token, std::function<void()> action) : state_(token.state_) {
            const std::lock_guard<std::mutex> lock(state_->mutex);
            id_ = state_->next++;
            if (state_->cancelled) {
                action();
            } else {
                state_->actions.emplace(id_, std::move(action));
            }
        }
        ~Subscription() {
            const std::lock_guard<std::mutex> lock(state_->mutex);
            state_->actions.erase(id_);
        }
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

    private:
        std::shared_ptr<State> state_;
        uint64_t id_ = 0;
    };

private:
    std::shared_ptr<State> state_;
};

} // namespace dovetail

#endif
