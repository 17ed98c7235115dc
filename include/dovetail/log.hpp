// Log messages of servers for the users of clients.
#ifndef DOVETAIL_LOG_HPP
#define DOVETAIL_LOG_HPP

#include <array>
#include <cstddef>
#include <string>

#include "error.hpp"

namespace dovetail {

/// How severe a message is, in rising order.
enum class LogLevel { debug, info, notice, warning, error, critical, alert, emergency };

/// A log message of a server.
struct LogMessage {
    LogLevel level = LogLevel::info;
    /// Where it comes from; may be empty.
    std::string logger;
    /// Often a string.
    Json data;
};

namespace detail {

constexpr std::array<const char*, 8> level_names = {"debug", "info",     "notice", "warning",
                                                    "error", "critical", "alert",  "emergency"};

inline LogLevel level_of(const std::string& name) {
    for (std::size_t i = 0; i < level_names.size(); ++i) {
        if (name == level_names[i]) {
            return static_cast<LogLevel>(i);
        }
    }
    return LogLevel::info;
}

} // namespace detail

/// The name of a level, such as `info`.
inline const char* to_string(LogLevel level) { return detail::level_names.at(static_cast<std::size_t>(level)); }

} // namespace dovetail

#endif
