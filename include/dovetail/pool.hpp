// The threads that run the user's handlers.
#ifndef DOVETAIL_POOL_HPP
#define DOVETAIL_POOL_HPP

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dovetail {
namespace detail {

/// A bounded number of threads, started when there is work for them. Jobs must not throw.
class Pool {
public:
    using Job = std::function<void()>;

    explicit Pool(std::size_t limit) : limit_(std::max<std::size_t>(limit, 1)) {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() { stop(); }

    static std::size_t default_limit() {
        return std::min<std::size_t>(4, std::max(1U, std::thread::hardware_concurrency()));
    }

    void limit(std::size_t threads) {
        const std::lock_guard<std::mutex> lock(mutex_);
        limit_ = std::max<std::size_t>(threads, 1);
    }

    /// Runs the jobs, in this order, as threads become free.
    void submit(std::vector<Job> jobs) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (stopping_) {
            return;
        }
        for (Job& job : jobs) {
            jobs_.push_back(std::move(job));
        }
        // An idle thread takes a job each; only what is left needs new threads.
        while (threads_.size() < limit_ && idle_ < jobs_.size()) {
            threads_.emplace_back([this] { work(); });
            ++idle_;
        }
        arrived_.notify_all();
    }

    /// Drops what has not begun and waits for what has. Must not be called by a job.
    void stop() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            stopping_ = true;
            jobs_.clear();
        }
        arrived_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }

    /// Lets go of threads that do not exist in this process (after a fork).
    void abandon() {
        for (std::thread& thread : threads_) {
            thread.detach();
        }
        threads_.clear();
    }

private:
    void work() {
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            arrived_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) {
                return;
            }
            const Job job = std::move(jobs_.front());
            jobs_.pop_front();
            --idle_;
            lock.unlock();
            job();
            lock.lock();
            ++idle_;
        }
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Job> jobs_;
    std::vector<std::thread> threads_;
    std::size_t limit_;
    /// Threads that wait for a job, or are about to.
    std::size_t idle_ = 0;
    bool stopping_ = false;
};

} // namespace detail
} // namespace dovetail

#endif
