// The numbers of errors by their names.
#ifndef DOVETAIL_CODES_HPP
#define DOVETAIL_CODES_HPP

#include <string>

#include "../dovetail.h"

namespace dovetail {
namespace detail {

/// The number of an error by its name; that of `internal` for a name that there is not.
inline int code_of(const std::string& name) {
    struct Code {
        int number;
        const char* name;
    };
#define DOVETAIL_CODE(upper, number, lower) {number, lower},
    static constexpr Code codes[] = {DOVETAIL_ERRORS(DOVETAIL_CODE)};
#undef DOVETAIL_CODE
    for (const Code& code : codes) {
        if (name == code.name) {
            return code.number;
        }
    }
    return DOVETAIL_ERROR_INTERNAL;
}

} // namespace detail
} // namespace dovetail

#endif
