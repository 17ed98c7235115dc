// One native session and the thread that fetches its events. Owns the matching of completions to whoever waits for
// them; must never run a user's function on the fetching thread.
#ifndef DOVETAIL_CHANNEL_HPP
#define DOVETAIL_CHANNEL_HPP

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "error.hpp"

namespace dovetail {
namespace detail {

/// The runtime of this process; shut down when the program ends.
class Runtime {
public:
    static const DovetailRuntime* shared() {
        static const Runtime runtime;
        return runtime.handle_;
    }
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

private:
    Runtime() {
        if (dovetail_contract_version() != DOVETAIL_CONTRACT_VERSION) {
            throw DovetailError({{"code", DOVETAIL_ERROR_INVALID_STATE},
                                 {"name", "invalid_state"},
                                 {"detail", "libdovetail_c is of another version than dovetail.hpp"}});
        }
        check(dovetail_runtime_default(&handle_));
    }
    ~Runtime() {
        dovetail_runtime_shutdown(handle_, 1000);
        dovetail_runtime_free(handle_);
    }

    DovetailRuntime* handle_ = nullptr;
};

/// An event, out of the buffer.
struct Event {
    uint32_t kind;
    int32_t code;
    uint64_t key;
    std::string payload;
};

/// Where the events of one operation arrive, for the thread that waits for its completion.
class Waiter {
public:
    void push(Event event) {
        const std::lock_guard<std::mutex> lock(mutex_);
        events_.push_back(std::move(event));
        arrived_.notify_one();
    }

    Event next() {
        std::unique_lock<std::mutex> lock(mutex_);
        arrived_.wait(lock, [this] { return !events_.empty(); });
        Event event = std::move(events_.front());
        events_.pop_front();
        return event;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Event> events_;
};

/// What a session is for. Called on the fetching thread: takes note and returns.
class Receiver {
public:
    virtual ~Receiver() = default;
    /// Calls and questions of one batch, in order.
    virtual void calls(std::vector<Event> events) = 0;
    virtual void cancelled(uint64_t call) = 0;
    /// A log message of the peer.
    virtual void message(std::string) {}
    virtual void closed() = 0;
};

/// A session. `stop` comes before the end of the receiver.
class Channel {
public:
    /// Takes the handle over.
    Channel(DovetailSession* session, Receiver& receiver) : session_(session), receiver_(receiver) {}
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() {
        stop(0);
        dovetail_session_free(session_);
    }

    const DovetailSession* session() const { return session_; }

    void start() {
        thread_ = std::thread([this] {
            pump();
            abandon();
        });
    }

    /// Whether the session came into this process through a fork; its threads do not exist then.
    bool inherited() const { return dovetail_cancel(session_, 0) == DOVETAIL_ERROR_WRONG_PROCESS; }

    /// Closes in `deadline_ms` milliseconds and waits for the last event. Idempotent.
    void stop(uint64_t deadline_ms) {
        const std::lock_guard<std::mutex> lock(stopping_);
        if (!thread_.joinable()) {
            return;
        }
        if (inherited()) {
            thread_.detach();
            return;
        }
        // An error means that it is closing or closed already; the last event comes all the same.
        static_cast<void>(dovetail_close(session_, next_key(), deadline_ms));
        thread_.join();
    }

    /// An operation under way. When its completion was not waited for, it is cancelled.
    class Operation {
    public:
        Operation(Channel& channel, uint64_t key, std::shared_ptr<Waiter> waiter)
            : channel_(channel), key_(key), waiter_(std::move(waiter)) {}
        Operation(const Operation&) = delete;
        Operation& operator=(const Operation&) = delete;
        ~Operation() {
            if (!done_) {
                cancel();
            }
        }

        void cancel() const { static_cast<void>(dovetail_cancel(channel_.session_, key_)); }

        /// The payload of the completion. Every event before it goes to `notice`, on this thread. Throws the error
        /// that it completed with.
        template <class Notice> std::string wait(Notice notice) {
            for (;;) {
                Event event = waiter_->next();
                if (event.kind != DOVETAIL_EVENT_DONE) {
                    notice(event);
                    continue;
                }
                done_ = true;
                if (event.code != 0) {
                    throw DovetailError(parse(event.payload));
                }
                return std::move(event.payload);
            }
        }
        std::string wait() {
            return wait([](const Event&) {});
        }

        uint64_t key() const { return key_; }

    private:
        Channel& channel_;
        uint64_t key_;
        std::shared_ptr<Waiter> waiter_;
        bool done_ = false;
    };

    /// Starts an operation: `begin` gets a key and answers the status of a function.
    template <class Begin> Operation operation(Begin begin) {
        const uint64_t key = next_key();
        const auto waiter = expect(key);
        const int32_t status = begin(key);
        if (status != DOVETAIL_OK) {
            const DovetailError error = last_error(status);
            forget(key);
            throw error;
        }
        return Operation(*this, key, waiter);
    }

    /// Registers for the events of a key that was used before the channel was there.
    std::shared_ptr<Waiter> expect(uint64_t key) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return waiters_.emplace(key, std::make_shared<Waiter>()).first->second;
    }

    uint64_t next_key() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return ++last_key_;
    }

private:
    /// Room for a usual batch; grows for a large event and shrinks again afterwards.
    static constexpr std::size_t usual_room = 64 * 1024;

    void pump() {
        // Words, because records begin at multiples of 8 bytes.
        std::vector<uint64_t> buffer(usual_room / sizeof(uint64_t));
        for (;;) {
            std::size_t used = 0;
            const std::size_t room = buffer.size() * sizeof(uint64_t);
            const int32_t status = dovetail_next_events(session_, 0, -1, buffer.data(), room, &used);
            if (status == DOVETAIL_BUFFER_TOO_SMALL) {
                buffer.resize(used / sizeof(uint64_t) + 1);
            } else if (status != DOVETAIL_OK || !dispatch(reinterpret_cast<const char*>(buffer.data()), used)) {
                return;
            } else if (room > usual_room) {
                buffer = std::vector<uint64_t>(usual_room / sizeof(uint64_t));
            }
        }
    }

    /// Hands a batch out; says whether more may come.
    bool dispatch(const char* buffer, std::size_t used) {
        bool open = true;
        std::vector<Event> calls;
        for (std::size_t at = 0; at < used;) {
            DovetailEvent head;
            std::memcpy(&head, buffer + at, sizeof head);
            at += sizeof head;
            Event event{head.kind, head.code, head.key, std::string(buffer + at, head.len)};
            at += (head.len + 7U) / 8U * 8U;
            switch (event.kind) {
            case DOVETAIL_EVENT_CALL:
            case DOVETAIL_EVENT_INPUT: calls.push_back(std::move(event)); break;
            case DOVETAIL_EVENT_CANCELLED:
                // The call may be in this very batch.
                deliver(calls);
                receiver_.cancelled(event.key);
                break;
            case DOVETAIL_EVENT_LOG: log(event.payload); break;
            case DOVETAIL_EVENT_MESSAGE: receiver_.message(std::move(event.payload)); break;
            case DOVETAIL_EVENT_CLOSED: open = false; break;
            default: route(std::move(event));
            }
        }
        deliver(calls);
        if (!open) {
            receiver_.closed();
        }
        return open;
    }

    void deliver(std::vector<Event>& calls) {
        if (!calls.empty()) {
            receiver_.calls(std::exchange(calls, {}));
        }
    }

    void route(Event event) {
        std::shared_ptr<Waiter> waiter;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            const auto found = waiters_.find(event.key);
            if (found == waiters_.end()) {
                return;
            }
            waiter = found->second;
            if (event.kind == DOVETAIL_EVENT_DONE) {
                waiters_.erase(found);
            }
        }
        waiter->push(std::move(event));
    }

    /// Completes what nothing will complete any more, so that nobody waits for ever.
    void abandon() {
        const Json body = {{"code", DOVETAIL_ERROR_CLOSED}, {"name", "closed"}, {"detail", "the session was closed"}};
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const auto& entry : std::exchange(waiters_, {})) {
            entry.second->push({DOVETAIL_EVENT_DONE, DOVETAIL_ERROR_CLOSED, entry.first, body.dump()});
        }
    }

    void forget(uint64_t key) {
        const std::lock_guard<std::mutex> lock(mutex_);
        waiters_.erase(key);
    }

    static void log(const std::string& payload) {
        const Json line = Json::parse(payload, nullptr, false);
        if (line.is_object()) {
            std::fprintf(stderr, "dovetail: %s: %s\n", line.value("level", "info").c_str(),
                         line.value("message", "").c_str());
        }
    }

    DovetailSession* session_;
    Receiver& receiver_;
    std::thread thread_;
    std::mutex stopping_;
    std::mutex mutex_;
    std::unordered_map<uint64_t, std::shared_ptr<Waiter>> waiters_;
    uint64_t last_key_ = 0;
};

} // namespace detail
} // namespace dovetail

#endif
