// Payloads are read the fast way as the JSON type itself would; with either JSON type.
#ifndef TESTS_PAYLOAD_HPP
#define TESTS_PAYLOAD_HPP

#include <cstddef>
#include <string>

#include "check.hpp"
#include "dovetail.hpp"

namespace tests {

inline void payloads_are_read_as_the_json_type_does() {
    using dovetail::Json;
    for (const std::string text : {
             R"({"a":1,"b":[true,false,null,-1.5e3,"x"],"c":{"d":"ä\"\\n","e":{}},"f":[]})",
             R"( [ 1 , { "k" : "v" , "l" : [ { "m" : 1.0 } ] } ] )",
             R"("a \"quote\" after more than eight signs")",
             R"("ends with a backslash \\")",
             R"("\u0001 and \u00e4")",
             "\"\x7f and ä\"",
             R"("")",
             "{}",
             "[]",
             "12345678901234567890",
             "null",
         }) {
        const Json wanted = Json::parse(text);
        CHECK_EQUAL(dovetail::detail::parse(text).dump(), wanted.dump());
    }
    for (int sign = 0; sign < 256; ++sign) {
        for (const std::size_t before : {0U, 3U, 7U, 8U, 9U}) {
            const std::string text = std::string(before, 'p') + static_cast<char>(sign) + "tail";
            CHECK_EQUAL(dovetail::detail::is_ascii(text), sign < 0x80);
        }
    }
}

} // namespace tests

#endif
