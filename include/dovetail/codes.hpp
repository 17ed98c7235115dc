// The names of the error numbers, as conformance/contract.toml has them.
#ifndef DOVETAIL_CODES_HPP
#define DOVETAIL_CODES_HPP

#include <string>

#include "../dovetail.h"

namespace dovetail {
namespace detail {

/// The number of an error by its name; that of `internal` for a name that there is not.
inline int code_of(const std::string& name) {
    static constexpr struct {
        const char* name;
        int code;
    } codes[] = {
        {"cancelled", DOVETAIL_ERROR_CANCELLED},
        {"closed", DOVETAIL_ERROR_CLOSED},
        {"deadline_exceeded", DOVETAIL_ERROR_DEADLINE_EXCEEDED},
        {"invalid_argument", DOVETAIL_ERROR_INVALID_ARGUMENT},
        {"invalid_state", DOVETAIL_ERROR_INVALID_STATE},
        {"stale_call", DOVETAIL_ERROR_STALE_CALL},
        {"wrong_process", DOVETAIL_ERROR_WRONG_PROCESS},
        {"panic", DOVETAIL_ERROR_PANIC},
        {"limit_exceeded", DOVETAIL_ERROR_LIMIT_EXCEEDED},
        {"busy", DOVETAIL_ERROR_BUSY},
        {"suspended", DOVETAIL_ERROR_SUSPENDED},
        {"internal", DOVETAIL_ERROR_INTERNAL},
        {"transport", DOVETAIL_ERROR_TRANSPORT},
        {"http", DOVETAIL_ERROR_HTTP},
        {"child_exited", DOVETAIL_ERROR_CHILD_EXITED},
        {"malformed", DOVETAIL_ERROR_MALFORMED},
        {"invalid_request", DOVETAIL_ERROR_INVALID_REQUEST},
        {"method_not_found", DOVETAIL_ERROR_METHOD_NOT_FOUND},
        {"invalid_params", DOVETAIL_ERROR_INVALID_PARAMS},
        {"unknown_tool", DOVETAIL_ERROR_UNKNOWN_TOOL},
        {"tool_error", DOVETAIL_ERROR_TOOL_ERROR},
        {"header_mismatch", DOVETAIL_ERROR_HEADER_MISMATCH},
        {"missing_client_capability", DOVETAIL_ERROR_MISSING_CLIENT_CAPABILITY},
        {"unsupported_protocol_version", DOVETAIL_ERROR_UNSUPPORTED_PROTOCOL_VERSION},
        {"negotiation", DOVETAIL_ERROR_NEGOTIATION},
        {"state_expired", DOVETAIL_ERROR_STATE_EXPIRED},
        {"state_tampered", DOVETAIL_ERROR_STATE_TAMPERED},
        {"state_unknown_key", DOVETAIL_ERROR_STATE_UNKNOWN_KEY},
        {"rpc", DOVETAIL_ERROR_RPC},
        {"unanswerable", DOVETAIL_ERROR_UNANSWERABLE},
        {"unknown_resource", DOVETAIL_ERROR_UNKNOWN_RESOURCE},
        {"unknown_prompt", DOVETAIL_ERROR_UNKNOWN_PROMPT},
        {"forbidden", DOVETAIL_ERROR_FORBIDDEN},
        {"unauthorized", DOVETAIL_ERROR_UNAUTHORIZED},
    };
    for (const auto& known : codes) {
        if (name == known.name) {
            return known.code;
        }
    }
    return DOVETAIL_ERROR_INTERNAL;
}

} // namespace detail
} // namespace dovetail

#endif
