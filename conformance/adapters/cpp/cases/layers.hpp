// The two layers of the shared cases, for servers and clients alike; see conformance/cases/README.md.
#ifndef DOVETAIL_CASES_LAYERS_HPP
#define DOVETAIL_CASES_LAYERS_HPP

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "dovetail.hpp"

namespace cases {

/// What the layers of one server or client saw.
class Journal {
public:
    void add(std::string entry) {
        const std::lock_guard<std::mutex> lock(mutex_);
        entries_.push_back(std::move(entry));
    }
    /// Its entries; it is empty afterwards.
    std::vector<std::string> take() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(entries_, {});
    }

private:
    std::mutex mutex_;
    std::vector<std::string> entries_;
};

/// Both, the outer one first. The journal must outlive them.
std::vector<dovetail::Layer> both(Journal& journal);

} // namespace cases

#endif
