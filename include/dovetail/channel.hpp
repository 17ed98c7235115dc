// One native session: its keys, its operations, its events. Owns the matching of completions to whoever waits for them;
// must never know what a call is for.
#ifndef DOVETAIL_CHANNEL_HPP
#define DOVETAIL_CHANNEL_HPP

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crew.hpp"
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
            throw DovetailError("invalid_state", "libdovetail_c is of another version than dovetail.hpp");
        }
        check(dovetail_runtime_default(&handle_));
    }
    ~Runtime() {
        dovetail_runtime_shutdown(handle_, 1000);
        dovetail_runtime_free(handle_);
    }

    DovetailRuntime* handle_ = nullptr;
};

/// Where the events of one operation arrive, for the thread that waits for its completion.
class Waiter {
public:
    void push(Event event) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            events_.push_back(std::move(event));
        }
        arrived_.notify_one();
    }

    Event next() {
        std::unique_lock<std::mutex> lock(mutex_);
        if (events_.empty()) {
            lock.unlock();
            Crew::about_to_wait();
            lock.lock();
        }
        arrived_.wait(lock, [this] { return !events_.empty(); });
        Event event = std::move(events_.front());
        events_.pop_front();
        return event;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    /// A list, because most operations have one event.
    std::list<Event> events_;
};

/// What a session is for.
class Receiver {
public:
    virtual ~Receiver() = default;
    /// Takes note of a call or a question. Called on the fetching thread, before anything else that is about it.
    virtual void arrived(const Event&) {}
    /// Serves a call, a question or a message for a layer, or shows a log message of the peer, for as long as that
    /// takes. Must not throw.
    virtual void serve(Event& event) = 0;
    /// A call was cancelled. Called on the fetching thread: takes note and returns, as does the next one.
    virtual void cancelled(uint64_t) {}
    virtual void closed() {}
};

/// A session and its threads. `finish` comes before the end of the receiver.
class Channel final : private Crew::Duties {
public:
    /// Takes the handle over. `limit` events are served at the same time.
    Channel(DovetailSession* session, Receiver& receiver, std::size_t limit)
        : session_(session), receiver_(receiver), crew_(*this, limit) {}
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() override {
        finish();
        dovetail_session_free(session_);
    }

    const DovetailSession* session() const { return session_; }

    void start() {
        started_ = true;
        crew_.start();
    }

    void limit(std::size_t events) { crew_.limit(events); }

    /// Closes in `deadline_ms` milliseconds and waits for the last event. Idempotent.
    void stop(uint64_t deadline_ms) {
        if (started_ && !inherited()) {
            // An error means that it is closing or closed already; the last event comes all the same.
            static_cast<void>(dovetail_close(session_, next_key(), deadline_ms));
            crew_.wait_ended();
        }
    }

    /// Closes and waits for what is being served. Idempotent.
    void finish() {
        if (inherited()) {
            crew_.abandon();
        } else {
            stop(0);
            crew_.join();
        }
    }

    /// Answers a call. Answers that the fetching thread gives in a row are sent together.
    void reply(uint64_t call, uint32_t shape, const std::string& json) {
        if (!crew_.if_leading([&] { keep(call, shape, json); })) {
            // The call may have been cancelled meanwhile; then nobody wants the answer.
            static_cast<void>(dovetail_reply(session_, call, shape, json.data(), json.size()));
        }
    }

    void fail(uint64_t call, const std::string& failure) {
        static_cast<void>(dovetail_fail(session_, call, failure.data(), failure.size()));
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

        /// The next event; the completion is the last one. Throws the error that it completed with.
        Event next() {
            Event event = waiter_->next();
            if (event.kind == DOVETAIL_EVENT_DONE) {
                done_ = true;
                if (event.code != 0) {
                    throw DovetailError(parse(event.payload));
                }
            }
            return event;
        }

        /// The payload of the completion. Every event before it goes to `notice`, on this thread.
        template <class Notice> std::string wait(Notice notice) {
            for (;;) {
                Event event = next();
                if (event.kind == DOVETAIL_EVENT_DONE) {
                    return std::move(event.payload);
                }
                notice(event);
            }
        }
        std::string wait() {
            return wait([](const Event&) {});
        }

        bool done() const { return done_; }
        uint64_t key() const { return key_; }

    private:
        Channel& channel_;
        uint64_t key_;
        std::shared_ptr<Waiter> waiter_;
        bool done_ = false;
    };

    /// Starts an operation: `begin` gets a key and answers the status of a function.
    template <class Begin> std::unique_ptr<Operation> operation(Begin begin) {
        const uint64_t key = next_key();
        auto waiter = expect(key);
        const int32_t status = begin(key);
        if (status != DOVETAIL_OK) {
            const DovetailError error = last_error(status);
            forget(key);
            throw error;
        }
        return std::make_unique<Operation>(*this, key, std::move(waiter));
    }

    /// Registers for the events of a key that was used before the channel was there.
    std::shared_ptr<Waiter> expect(uint64_t key) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return waiters_.emplace(key, std::make_shared<Waiter>()).first->second;
    }

    uint64_t next_key() { return ++last_key_; }

private:
    /// Room for a batch of the events of one turn, in bytes. Memory is taken as it is filled.
    static constexpr std::size_t usual_room = 512 * 1024;

    /// Words, because records begin at multiples of 8 bytes.
    using Buffer = std::unique_ptr<uint64_t[]>;
    static Buffer make_buffer(std::size_t room) { return Buffer(new uint64_t[room / sizeof(uint64_t) + 1]); }

    /// Whether the session came into this process through a fork; its threads do not exist then.
    bool inherited() const {
        return dovetail_call_info(session_, 0, nullptr, 0, nullptr) == DOVETAIL_ERROR_WRONG_PROCESS;
    }

    bool fetch(std::deque<Event>& jobs) override {
        std::size_t used = 0;
        int32_t status = dovetail_next_events(session_, 0, -1, buffer_.get(), usual_room, &used);
        Buffer larger;
        while (status == DOVETAIL_BUFFER_TOO_SMALL) {
            const std::size_t room = used;
            larger = make_buffer(room);
            status = dovetail_next_events(session_, 0, -1, larger.get(), room, &used);
        }
        if (status != DOVETAIL_OK || !sort(larger ? larger : buffer_, used, jobs)) {
            receiver_.closed();
            abandon();
            return false;
        }
        return true;
    }

    /// Hands a batch out; says whether more may come.
    bool sort(const Buffer& words, std::size_t used, std::deque<Event>& jobs) {
        const char* const buffer = reinterpret_cast<const char*>(words.get());
        for (std::size_t at = 0; at < used;) {
            DovetailEvent head;
            std::memcpy(&head, buffer + at, sizeof head);
            at += sizeof head;
            Event event{head.kind, head.code, head.key, std::string(buffer + at, head.len)};
            at += (head.len + 7U) / 8U * 8U;
            switch (event.kind) {
            case DOVETAIL_EVENT_CALL:
            case DOVETAIL_EVENT_INPUT:
                receiver_.arrived(event);
                jobs.push_back(std::move(event));
                break;
            case DOVETAIL_EVENT_INTERCEPT:
            case DOVETAIL_EVENT_MESSAGE: jobs.push_back(std::move(event)); break;
            case DOVETAIL_EVENT_CANCELLED: receiver_.cancelled(event.key); break;
            case DOVETAIL_EVENT_LOG: show(event.payload); break;
            case DOVETAIL_EVENT_CLOSED: return false;
            default: route(std::move(event));
            }
        }
        return true;
    }

    void run(Event& job) override { receiver_.serve(job); }

    /// A message that waits for a layer must not wait for the calls that wait for it.
    bool counts(const Event& job) const override { return job.kind != DOVETAIL_EVENT_INTERCEPT; }

    /// Puts a reply into the batch. With the crew's lock, as the next one.
    void keep(uint64_t call, uint32_t shape, const std::string& json) {
        const DovetailReply head{call, shape, static_cast<uint32_t>(json.size())};
        const std::size_t at = replies_.size();
        replies_.resize(at + (sizeof head + json.size() + 7) / 8);
        std::memcpy(&replies_[at], &head, sizeof head);
        std::memcpy(&replies_[at + sizeof head / 8], json.data(), json.size());
    }

    void flush() override {
        if (!replies_.empty()) {
            static_cast<void>(dovetail_reply_batch(session_, replies_.data(), replies_.size() * 8, nullptr));
            replies_.clear();
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

    static void show(const std::string& payload) {
        const Json line = lenient(payload);
        if (line.is_object()) {
            log(line.value("level", "info"), line.value("message", ""));
        }
    }

    DovetailSession* session_;
    Receiver& receiver_;
    std::atomic<bool> started_{false};
    std::mutex mutex_;
    std::unordered_map<uint64_t, std::shared_ptr<Waiter>> waiters_;
    std::atomic<uint64_t> last_key_{0};
    Buffer buffer_ = make_buffer(usual_room);
    std::vector<uint64_t> replies_;
    Crew crew_;
};

} // namespace detail
} // namespace dovetail

#endif
