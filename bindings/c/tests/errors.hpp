// What the tests of the C++ surface share beyond checks.
#ifndef DOVETAIL_TESTS_ERRORS_HPP
#define DOVETAIL_TESTS_ERRORS_HPP

#include <stdexcept>

#include "dovetail.hpp"

namespace tests {

/// The schema of arguments that may be anything.
inline const dovetail::Json anything = {{"type", "object"}};

/// Catches what `call` throws; fails when it throws nothing.
template <class Call> dovetail::DovetailError error_of(Call call) {
    try {
        call();
    } catch (const dovetail::DovetailError& error) {
        return error;
    }
    throw std::runtime_error("no error");
}

} // namespace tests

#endif
