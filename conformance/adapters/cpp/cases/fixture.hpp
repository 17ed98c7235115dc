// The server of the shared cases; see conformance/cases/README.md.
#ifndef DOVETAIL_CASES_FIXTURE_HPP
#define DOVETAIL_CASES_FIXTURE_HPP

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "dovetail.hpp"
#include "layers.hpp"

namespace cases {

/// Numbers by name, one set per process.
class Counters {
public:
    int add(const std::string& name) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return ++numbers_[name];
    }
    int of(const std::string& name) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return numbers_[name];
    }

private:
    std::mutex mutex_;
    std::map<std::string, int> numbers_;
};

Counters& counters();

/// Where `hold` waits for `release`.
class Door {
public:
    /// What is waited for from now on.
    uint64_t now() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return opened_;
    }
    void open() {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++opened_;
        changed_.notify_all();
    }
    /// Waits until it was opened since, or the call is cancelled; says whether it was opened.
    bool wait(uint64_t since, const dovetail::Context& context);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    uint64_t opened_ = 0;
};

/// The server with everything that its handlers share.
class Fixture {
public:
    explicit Fixture(const dovetail::Json& options);
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;
    ~Fixture();

    dovetail::Server server;

private:
    void configure(const dovetail::Json& options);
    void add_plain_tools();
    void add_asking_tools();
    void add_changing_tools();
    void add_extra();
    void add_resources();
    void add_prompts();

    Journal journal_;
    Door door_;
    std::thread closing_;
};

} // namespace cases

#endif
