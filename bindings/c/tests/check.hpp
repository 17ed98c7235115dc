// Checks and their count. A test is a function; one that throws has failed.
#ifndef DOVETAIL_TESTS_CHECK_HPP
#define DOVETAIL_TESTS_CHECK_HPP

#include <cstdio>
#include <exception>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            throw std::runtime_error("line " + std::to_string(__LINE__) + ": " #condition);                            \
        }                                                                                                              \
    } while (false)

#define CHECK_EQUAL(left, right) tests::equal(left, right, __LINE__, #left)

namespace tests {

template <class Left, class Right> void equal(const Left& left, const Right& right, int line, const char* what) {
    if (!(left == right)) {
        std::ostringstream text;
        text << "line " << line << ": " << what << " is " << left << ", not " << right;
        throw std::runtime_error(text.str());
    }
}

using Tests = std::vector<std::pair<const char*, std::function<void()>>>;

/// Runs all and prints the closing line. Answers the exit code.
inline int run(const Tests& tests) {
    int failed = 0;
    for (const auto& test : tests) {
        try {
            test.second();
        } catch (const std::exception& error) {
            ++failed;
            std::fprintf(stderr, "FAILED %s: %s\n", test.first, error.what());
        }
    }
    std::printf("%d passed, %d failed\n", static_cast<int>(tests.size()) - failed, failed);
    return failed == 0 ? 0 : 1;
}

} // namespace tests

#endif
