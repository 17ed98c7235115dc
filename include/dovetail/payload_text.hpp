// The JSON of payloads as values, fast for the long texts that tools get. What comes from the core is valid JSON, so that
// a text without an escape can be taken as it stands; everything unusual is left to the JSON type.
#ifndef DOVETAIL_PAYLOAD_TEXT_HPP
#define DOVETAIL_PAYLOAD_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "json.hpp"

namespace dovetail {
namespace detail {

/// Reads one JSON text.
class PayloadReader {
public:
    explicit PayloadReader(const std::string& text) : at_(text.data()), end_(text.data() + text.size()) {}

    Json read() {
        skip();
        switch (peek()) {
        case '{': return object();
        case '[': return array();
        case '"': return text();
        default: return other();
        }
    }

private:
    char peek() const { return at_ < end_ ? *at_ : '\0'; }

    void skip() {
        while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
    }

    /// Whether the next sign is this one, which is then read.
    bool take(char wanted) {
        skip();
        if (peek() != wanted) {
            return false;
        }
        ++at_;
        return true;
    }

    Json object() {
        Json value = Json::object();
        ++at_;
        while (!take('}') && at_ < end_) {
            skip();
            std::string name = text();
            take(':');
            value[std::move(name)] = read();
            take(',');
        }
        return value;
    }

    Json array() {
        Json value = Json::array();
        ++at_;
        while (!take(']') && at_ < end_) {
            value.push_back(read());
            take(',');
        }
        return value;
    }

    std::string text() {
        const char* const begin = at_;
        const void* close = std::memchr(begin + 1, '"', static_cast<std::size_t>(end_ - begin - 1));
        const char* end = close == nullptr ? end_ : static_cast<const char*>(close);
        if (close != nullptr && std::memchr(begin + 1, '\\', static_cast<std::size_t>(end - begin - 1)) == nullptr) {
            at_ = end + 1;
            return std::string(begin + 1, end);
        }
        for (end = begin + 1; end < end_ && *end != '"'; ++end) {
            end += *end == '\\';
        }
        at_ = end < end_ ? end + 1 : end_;
        return Json::parse(std::string(begin, at_)).get<std::string>();
    }

    /// A number or a word; what is neither is refused by the JSON type.
    Json other() {
        const char* const begin = at_;
        while (at_ < end_ && std::strchr(",]} \n\r\t", *at_) == nullptr) {
            ++at_;
        }
        return Json::parse(std::string(begin, at_));
    }

    const char* at_;
    const char* end_;
};

/// Whether a text is ASCII, and so surely UTF-8. Looked at eight bytes at a time.
inline bool is_ascii(const std::string& text) {
    uint64_t all = 0;
    std::size_t at = 0;
    for (; at + sizeof all <= text.size(); at += sizeof all) {
        uint64_t bytes = 0;
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        all |= bytes;
    }
    for (; at < text.size(); ++at) {
        all |= static_cast<unsigned char>(text[at]);
    }
    return (all & 0x8080808080808080U) == 0;
}

} // namespace detail
} // namespace dovetail

#endif
