// The threads of one session. Owns who fetches events and who runs the jobs among them; must never know what an event
// means.
#ifndef DOVETAIL_CREW_HPP
#define DOVETAIL_CREW_HPP

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dovetail {
namespace detail {

/// An event, out of the buffer.
struct Event {
    uint32_t kind = 0;
    int32_t code = 0;
    uint64_t key = 0;
    std::string payload;
};

/// One thread at a time has the lead: it fetches events and runs the jobs among them itself, one after the other, so
/// that a short job changes no thread. It hands the lead on before it waits for an event; and another thread watches it
/// and takes the lead from a job that takes longer than `patience`. The jobs that wait are then run side by side, as
/// many at a time as the limit allows.
class Crew {
public:
    /// What the threads do.
    class Duties {
    public:
        virtual ~Duties() = default;
        /// Waits for events and adds those that are jobs; says whether more may come. Called by the lead.
        virtual bool fetch(std::deque<Event>& jobs) = 0;
        /// Runs a job. Must not throw.
        virtual void run(Event& job) = 0;
        /// Whether a job counts against the limit; others run at once.
        virtual bool counts(const Event& job) const = 0;
        /// Sends what the lead kept back (`Crew::if_leading`). Called before it pauses or changes; must be short.
        virtual void flush() = 0;
    };

    Crew(Duties& duties, std::size_t limit) : duties_(duties), limit_(std::max<std::size_t>(limit, 1)) {}
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew() { join(); }

    static std::size_t default_limit() {
        return std::min<std::size_t>(4, std::max(1U, std::thread::hardware_concurrency()));
    }

    /// How many counting jobs may run at the same time.
    void limit(std::size_t jobs) {
        const std::lock_guard<std::mutex> lock(mutex_);
        limit_ = std::max<std::size_t>(jobs, 1);
        hire();
    }

    void start() {
        const std::lock_guard<std::mutex> lock(mutex_);
        ended_ = false;
        hire();
    }

    /// Waits until nothing will be fetched any more.
    void wait_ended() {
        about_to_wait();
        std::unique_lock<std::mutex> lock(mutex_);
        over_.wait(lock, [this] { return ended_; });
    }

    /// Waits for the jobs that run, after the end. Must not be called by a job.
    void join() {
        bury();
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }

    /// Lets go of threads that do not exist in this process (after a fork).
    void abandon() {
        for (std::vector<std::thread>* const threads : {&threads_, &gone_}) {
            for (std::thread& thread : *threads) {
                thread.detach();
            }
            threads->clear();
        }
    }

    /// Runs `keep` if this thread has the lead, so that it is followed by a flush; says whether it did.
    template <class Keep> bool if_leading(Keep keep) {
        if (own() != this) {
            return false;
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        if (lead_ != std::this_thread::get_id()) {
            return false;
        }
        keep();
        return true;
    }

    /// Called by every thread that is about to wait for something: hands the lead on if it has one.
    static void about_to_wait() {
        if (Crew* const crew = own()) {
            crew->hand_on();
        }
    }

private:
    using Lock = std::unique_lock<std::mutex>;
    using Job = std::deque<Event>::iterator;

    /// How long one job may keep its thread from fetching: between this and twice this.
    static constexpr std::chrono::milliseconds patience{1};
    /// After so many looks at a lead without jobs the watch sleeps until it has one.
    static constexpr int looks = 4;

    /// The crew that this thread works for.
    static Crew*& own() {
        static thread_local Crew* crew = nullptr;
        return crew;
    }

    void work() {
        own() = this;
        Lock lock(mutex_);
        --new_;
        while (!ended_) {
            if (lead_ == std::thread::id()) {
                lead(lock);
            } else if (anybodys_job()) {
                run(next(), lock);
            } else if (!watched_) {
                watch(lock);
            } else if (idle_ > limit_) {
                // More were needed for jobs beyond the limit than will be soon.
                leave();
                return;
            } else {
                ++idle_;
                wanted_.wait(lock, [this] { return called_ > 0 || ended_; });
                called_ -= ended_ ? 0 : 1;
            }
        }
    }

    /// Fetches and runs until the end, or until another thread takes the lead.
    void lead(Lock& lock) {
        const auto self = std::this_thread::get_id();
        lead_ = self;
        std::deque<Event> fetched;
        for (;;) {
            for (Job job = next(); job != jobs_.end(); job = next()) {
                run(job, lock);
                if (lead_ != self) {
                    return;
                }
            }
            spread_ = false;
            duties_.flush();
            fetching_ = true;
            lock.unlock();
            const bool open = duties_.fetch(fetched);
            lock.lock();
            fetching_ = false;
            for (Event& event : fetched) {
                jobs_.push_back(std::move(event));
            }
            fetched.clear();
            if (!open) {
                end();
                return;
            }
        }
    }

    /// The first job that may run now.
    Job next() {
        if (counting_ < limit_) {
            return jobs_.begin();
        }
        return std::find_if(jobs_.begin(), jobs_.end(), [this](const Event& job) { return !duties_.counts(job); });
    }

    /// Whether there is a job that the lead leaves to others.
    bool anybodys_job() { return (spread_ || fetching_) && next() != jobs_.end(); }

    void run(Job place, Lock& lock) {
        Event job = std::move(*place);
        jobs_.erase(place);
        std::size_t& running = duties_.counts(job) ? counting_ : others_;
        ++running;
        const auto self = std::this_thread::get_id();
        if (lead_ == self) {
            ++turn_;
            busy_ = true;
            if (!watched_ && called_ + new_ == 0) {
                hire();
            } else if (asleep_) {
                wake_watch();
            }
        }
        lock.unlock();
        duties_.run(job);
        lock.lock();
        --running;
        if (lead_ == self) {
            busy_ = false;
        }
    }

    /// Looks at the lead from time to time until there is something to do.
    void watch(Lock& lock) {
        watched_ = true;
        int vain = 0;
        while (!ended_ && lead_ != std::thread::id() && !anybodys_job()) {
            if (vain == looks) {
                asleep_ = true;
                look_.wait(lock, [this] { return !asleep_; });
                vain = 0;
                continue;
            }
            const uint64_t seen = turn_;
            look_.wait_for(lock, patience);
            vain = turn_ == seen && !busy_ ? vain + 1 : 0;
            if (turn_ == seen && busy_) {
                release();
                spread_ = true;
                for (std::size_t hands = std::min(jobs_.size(), limit_); hands > 0; --hands) {
                    hire();
                }
            }
        }
        watched_ = false;
    }

    void wake_watch() {
        asleep_ = false;
        look_.notify_one();
    }

    /// Takes the lead from whoever has it.
    void release() {
        lead_ = std::thread::id();
        busy_ = false;
        duties_.flush();
    }

    void hand_on() {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (lead_ != std::this_thread::get_id()) {
            return;
        }
        release();
        if (watched_) {
            wake_watch();
        } else {
            hire();
        }
    }

    /// Ends this thread's work before the end of all.
    void leave() {
        const auto self = std::this_thread::get_id();
        const auto place = std::find_if(threads_.begin(), threads_.end(),
                                        [self](const std::thread& thread) { return thread.get_id() == self; });
        gone_.push_back(std::move(*place));
        threads_.erase(place);
    }

    /// Waits for the threads that have left, which takes no time.
    void bury() {
        for (std::thread& thread : gone_) {
            thread.join();
        }
        gone_.clear();
    }

    /// Gets one more thread to look for something to do, if there may be one more.
    void hire() {
        if (ended_) {
            return;
        }
        bury();
        if (idle_ > 0) {
            --idle_;
            ++called_;
            wanted_.notify_one();
        } else if (threads_.size() < limit_ + 1 + others_) {
            threads_.emplace_back([this] { work(); });
            ++new_;
        }
    }

    void end() {
        lead_ = std::thread::id();
        ended_ = true;
        jobs_.clear();
        wake_watch();
        wanted_.notify_all();
        over_.notify_all();
    }

    Duties& duties_;
    std::mutex mutex_;
    std::condition_variable wanted_;
    std::condition_variable look_;
    std::condition_variable over_;
    std::vector<std::thread> threads_;
    std::vector<std::thread> gone_;
    std::deque<Event> jobs_;
    std::size_t limit_;
    /// Jobs that run: those that count, and the others.
    std::size_t counting_ = 0;
    std::size_t others_ = 0;
    /// Threads that wait to be called; that have been called, and that have been started, but have not looked yet.
    std::size_t idle_ = 0;
    std::size_t called_ = 0;
    std::size_t new_ = 0;
    std::thread::id lead_;
    /// Counts the jobs that the lead has begun.
    uint64_t turn_ = 0;
    /// Whether the lead runs a job, or waits for events.
    bool busy_ = false;
    bool fetching_ = false;
    /// Whether jobs are run side by side.
    bool spread_ = false;
    /// Whether a thread watches the lead, and whether it sleeps.
    bool watched_ = false;
    bool asleep_ = false;
    bool ended_ = true;
};

} // namespace detail
} // namespace dovetail

#endif
