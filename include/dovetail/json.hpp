// The JSON type of this package: nlohmann/json where it is installed, a small type of our own otherwise, or when
// DOVETAIL_OWN_JSON is defined. All files of a program must choose alike.
#ifndef DOVETAIL_JSON_HPP
#define DOVETAIL_JSON_HPP

#include <string>

#if !defined(DOVETAIL_OWN_JSON) && __has_include(<nlohmann/json.hpp>)

#include <nlohmann/json.hpp>

namespace dovetail {

/// A JSON value.
using Json = nlohmann::json;

namespace detail {

/// The text of a value; what is no UTF-8 in it is replaced.
inline std::string lossy(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// A value from its text, null when that is no JSON.
inline Json lenient(const std::string& text) {
    Json value = Json::parse(text, nullptr, false);
    return value.is_discarded() ? Json() : value;
}

} // namespace detail
} // namespace dovetail

#else

#include "value.hpp"

namespace dovetail {
namespace detail {

inline std::string lossy(const Json& value) { return JsonText::write(value, JsonText::Bad::replace); }

inline Json lenient(const std::string& text) {
    try {
        return Json::parse(text);
    } catch (const Json::exception&) {
        return Json();
    }
}

} // namespace detail
} // namespace dovetail

#endif

#endif
