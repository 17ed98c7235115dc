// Bytes in JSON.
#ifndef DOVETAIL_BASE64_HPP
#define DOVETAIL_BASE64_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dovetail {

/// Bytes of an image, a sound or a file.
using Bytes = std::vector<uint8_t>;

namespace detail {

inline std::string base64(const Bytes& bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = bytes.size() - at < 3 ? bytes.size() - at : 3;
        uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8U | (i < count ? bytes[at + i] : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= count ? digits[group >> (18 - 6 * i) & 63U] : '=';
        }
    }
    return text;
}

/// Ends at the first character that is no digit; what a peer sends wrongly is shorter, never an error.
inline Bytes from_base64(const std::string& text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        uint32_t digit = 0;
        if (c >= 'A' && c <= 'Z') {
            digit = static_cast<uint32_t>(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            digit = static_cast<uint32_t>(c - 'a') + 26;
        } else if (c >= '0' && c <= '9') {
            digit = static_cast<uint32_t>(c - '0') + 52;
        } else if (c == '+' || c == '/') {
            digit = c == '+' ? 62 : 63;
        } else {
            break;
        }
        group = (group << 6U | digit) & 0xFFFFFFU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<uint8_t>(group >> bits & 0xFFU));
        }
    }
    return bytes;
}

} // namespace detail
} // namespace dovetail

#endif
