// The text of JSON values of our own type: reading and writing.
#ifndef DOVETAIL_VALUE_TEXT_HPP
#define DOVETAIL_VALUE_TEXT_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <locale>
#include <sstream>
#include <string>
#include <utility>

#include "value.hpp"

namespace dovetail {
namespace detail {

class JsonText {
public:
    /// What is done about bytes that are no UTF-8.
    enum class Bad { refuse, replace };

    static Json read(const std::string& text) {
        JsonText reader(text);
        Json value = reader.value(0);
        reader.space();
        if (reader.at_ != text.size()) {
            reader.refuse("the end is expected");
        }
        return value;
    }

    static std::string write(const Json& value, Bad bad) {
        std::string out;
        write(value, bad, out);
        return out;
    }

private:
    /// Deeper than any message that the core lets through.
    static constexpr int deepest = 256;

    explicit JsonText(const std::string& text) : text_(text) {}

    [[noreturn]] void refuse(const char* why) const {
        throw Json::exception("no JSON, byte " + std::to_string(at_) + ": " + why);
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void space() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
            ++at_;
        }
    }

    bool take(char wanted) {
        space();
        if (peek() != wanted || at_ == text_.size()) {
            return false;
        }
        ++at_;
        return true;
    }

    void expect(char wanted, const char* why) {
        if (!take(wanted)) {
            refuse(why);
        }
    }

    Json word(const char* word, Json value) {
        const std::string expected = word;
        if (text_.compare(at_, expected.size(), expected) != 0) {
            refuse("a value is expected");
        }
        at_ += expected.size();
        return value;
    }

    Json value(int depth) {
        if (depth > deepest) {
            refuse("it is nested too deeply");
        }
        space();
        switch (peek()) {
        case '{': return object(depth);
        case '[': return array(depth);
        case '"': return string();
        case 't': return word("true", true);
        case 'f': return word("false", false);
        case 'n': return word("null", nullptr);
        default: return number();
        }
    }

    Json object(int depth) {
        Json::Object members;
        ++at_;
        if (!take('}')) {
            do {
                space();
                std::string name = string();
                expect(':', "a colon is expected");
                members[std::move(name)] = value(depth + 1);
            } while (take(','));
            expect('}', "a comma or the end of the object is expected");
        }
        Json json;
        json.value_ = Json::boxed(std::move(members));
        return json;
    }

    Json array(int depth) {
        Json::Array elements;
        ++at_;
        if (!take(']')) {
            do {
                elements.push_back(value(depth + 1));
            } while (take(','));
            expect(']', "a comma or the end of the array is expected");
        }
        Json json;
        json.value_ = Json::boxed(std::move(elements));
        return json;
    }

    std::string string() {
        if (peek() != '"') {
            refuse("a string is expected");
        }
        std::string out;
        for (++at_; peek() != '"'; ++at_) {
            if (at_ >= text_.size() || static_cast<unsigned char>(peek()) < 0x20) {
                refuse("the string has no end");
            }
            if (peek() != '\\') {
                out += peek();
                continue;
            }
            ++at_;
            switch (peek()) {
            case '"':
            case '\\':
            case '/': out += peek(); break;
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'n': out += '\n'; break;
            case 'r': out += '\r'; break;
            case 't': out += '\t'; break;
            case 'u': encode(point(), out); break;
            default: refuse("there is no such escape");
            }
        }
        ++at_;
        return out;
    }

    /// The code point behind `\u`; stays on its last digit.
    uint32_t point() {
        const uint32_t first = unit();
        if (first < 0xD800 || first > 0xDFFF) {
            return first;
        }
        if (first > 0xDBFF || text_.compare(at_ + 1, 2, "\\u") != 0) {
            refuse("half of a surrogate pair");
        }
        at_ += 2;
        const uint32_t second = unit();
        if (second < 0xDC00 || second > 0xDFFF) {
            refuse("half of a surrogate pair");
        }
        return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
    }

    uint32_t unit() {
        uint32_t unit = 0;
        for (int digit = 0; digit < 4; ++digit) {
            ++at_;
            const char c = peek();
            const int value = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (value < 0) {
                refuse("four digits are expected");
            }
            unit = unit * 16 + static_cast<uint32_t>(value);
        }
        return unit;
    }

    static void encode(uint32_t point, std::string& out) {
        const auto add = [&out](uint32_t byte) { out += static_cast<char>(byte); };
        if (point < 0x80) {
            add(point);
        } else if (point < 0x800) {
            add(0xC0 | point >> 6U);
            add(0x80 | (point & 0x3FU));
        } else if (point < 0x10000) {
            add(0xE0 | point >> 12U);
            add(0x80 | (point >> 6U & 0x3FU));
            add(0x80 | (point & 0x3FU));
        } else {
            add(0xF0 | point >> 18U);
            add(0x80 | (point >> 12U & 0x3FU));
            add(0x80 | (point >> 6U & 0x3FU));
            add(0x80 | (point & 0x3FU));
        }
    }

    bool digits() {
        const std::size_t start = at_;
        while (peek() >= '0' && peek() <= '9') {
            ++at_;
        }
        return at_ != start;
    }

    Json number() {
        const std::size_t start = at_;
        const bool negative = take('-');
        const std::size_t first = at_;
        if (!digits() || (text_[first] == '0' && at_ - first > 1)) {
            refuse("a value is expected");
        }
        const std::size_t length = at_ - first;
        bool whole = true;
        if (peek() == '.') {
            ++at_;
            whole = false;
            if (!digits()) {
                refuse("digits are expected");
            }
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            whole = false;
            if (peek() == '+' || peek() == '-') {
                ++at_;
            }
            if (!digits()) {
                refuse("digits are expected");
            }
        }
        const std::string digits = text_.substr(start, at_ - start);
        // Nineteen digits always fit into 64 bits, without a sign.
        if (whole && length <= 18) {
            return negative ? Json(static_cast<int64_t>(std::stoll(digits)))
                            : Json(static_cast<uint64_t>(std::stoull(digits)));
        }
        if (whole && !negative && (length == 19 || (length == 20 && digits <= "18446744073709551615"))) {
            return Json(static_cast<uint64_t>(std::stoull(digits)));
        }
        if (whole && negative && length == 19 && digits.substr(1) <= "9223372036854775808") {
            return Json(static_cast<int64_t>(std::stoll(digits)));
        }
        // Not strtod: the decimal point of the program's locale may be another.
        std::istringstream stream(digits);
        stream.imbue(std::locale::classic());
        double real = 0;
        stream >> real;
        return Json(real);
    }

    static void write(const Json& value, Bad bad, std::string& out) {
        if (value.is_null()) {
            out += "null";
        } else if (value.is_boolean()) {
            out += value.get<bool>() ? "true" : "false";
        } else if (value.is_string()) {
            write(value.text(), bad, out);
        } else if (value.is_array()) {
            const char* before = "[";
            for (const Json& element : value.elements()) {
                out += std::exchange(before, ",");
                write(element, bad, out);
            }
            out += value.empty() ? "[]" : "]";
        } else if (value.is_object()) {
            const char* before = "{";
            for (const auto& member : value.members()) {
                out += std::exchange(before, ",");
                write(member.first, bad, out);
                out += ':';
                write(member.second, bad, out);
            }
            out += value.empty() ? "{}" : "}";
        } else if (std::holds_alternative<int64_t>(value.value_)) {
            out += std::to_string(value.get<int64_t>());
        } else if (value.is_number_integer()) {
            out += std::to_string(value.get<uint64_t>());
        } else {
            out += real(value.get<double>());
        }
    }

    /// The shortest text that is read as the same number; JSON has no word for what is no number.
    static std::string real(double number) {
        if (!std::isfinite(number)) {
            return "null";
        }
        std::string text;
        for (int precision = 15; precision <= 17; ++precision) {
            std::ostringstream stream;
            stream.imbue(std::locale::classic());
            stream.precision(precision);
            stream << number;
            text = stream.str();
            if (Json::parse(text).get<double>() == number) {
                break;
            }
        }
        return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }

    static void write(const std::string& text, Bad bad, std::string& out) {
        out += '"';
        for (std::size_t at = 0; at < text.size();) {
            const auto byte = static_cast<unsigned char>(text[at]);
            if (byte >= 0x80) {
                const std::size_t length = well_formed(text, at);
                if (length == 0 && bad == Bad::refuse) {
                    throw Json::exception("a string is not UTF-8, byte " + std::to_string(at));
                }
                out += length == 0 ? "\xEF\xBF\xBD" : text.substr(at, length);
                at += length == 0 ? 1 : length;
                continue;
            }
            ++at;
            switch (byte) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (byte < 0x20) {
                    char escape[8];
                    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(byte));
                    out += escape;
                } else {
                    out += static_cast<char>(byte);
                }
            }
        }
        out += '"';
    }

    /// The length of the character of several bytes at a place; 0 when there is none.
    static std::size_t well_formed(const std::string& text, std::size_t at) {
        const auto byte = [&](std::size_t offset) -> uint32_t {
            return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
        };
        const uint32_t first = byte(0);
        const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                                   : first >= 0xE0 && first <= 0xEF ? 3
                                   : first >= 0xF0 && first <= 0xF4 ? 4
                                                                    : 0;
        for (std::size_t i = 1; i < length; ++i) {
            if ((byte(i) & 0xC0U) != 0x80U) {
                return 0;
            }
        }
        // Too long a form, a surrogate, or beyond the last code point.
        const uint32_t second = byte(1);
        const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                           (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
        return wrong ? 0 : length;
    }

    const std::string& text_;
    std::size_t at_ = 0;
};

} // namespace detail

inline Json Json::parse(const std::string& text) { return detail::JsonText::read(text); }
inline std::string Json::dump() const { return detail::JsonText::write(*this, detail::JsonText::Bad::refuse); }

} // namespace dovetail

#endif
