// The bridge script driver of the C ABI: JSON lines in, one JSON line out for each. Drives the testkit session through
// dovetail.h alone, so that what is tested is what every other user of the library gets.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "dovetail.h"

using Json = nlohmann::json;

namespace {

const char* kind_name(uint32_t kind) {
    switch (kind) {
    case DOVETAIL_EVENT_CALL: return "call";
    case DOVETAIL_EVENT_DONE: return "done";
    case DOVETAIL_EVENT_CANCELLED: return "cancelled";
    case DOVETAIL_EVENT_PROGRESS: return "progress";
    case DOVETAIL_EVENT_INPUT: return "input";
    case DOVETAIL_EVENT_READY: return "ready";
    case DOVETAIL_EVENT_LOG: return "log";
    case DOVETAIL_EVENT_CLOSED: return "closed";
    case DOVETAIL_EVENT_HEAD: return "head";
    case DOVETAIL_EVENT_CHUNK: return "chunk";
    case DOVETAIL_EVENT_INTERCEPT: return "intercept";
    default: throw std::runtime_error("an event of an unknown kind");
    }
}

/// A status that is no success.
struct Refused {
    int32_t status;
};

void check(int32_t status) {
    if (status != DOVETAIL_OK) {
        throw Refused{status};
    }
}

/// Reads a text of unknown length; it may have grown since its length was asked for.
template <class Copy> std::string copied(Copy copy) {
    std::string text;
    for (;;) {
        std::size_t needed = 0;
        const int32_t status = copy(&text[0], text.size(), &needed);
        text.resize(needed);
        if (status != DOVETAIL_BUFFER_TOO_SMALL) {
            check(status);
            return text;
        }
    }
}

Json last_error() {
    const Json body = Json::parse(copied(dovetail_last_error));
    return {{"error", {{"code", body.at("code")}, {"name", body.at("name")}}}};
}

std::string unhex(const std::string& hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
    }
    return bytes;
}

class Driver {
public:
    Driver() { check(dovetail_runtime_new(&runtime_)); }
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver() {
        dovetail_session_free(session_);
        dovetail_runtime_shutdown(runtime_, 1000);
        dovetail_runtime_free(runtime_);
    }

    Json run(const Json& line) {
        const auto what = line.at("do").get<std::string>();
        if (what == "open") {
            dovetail_session_free(session_);
            check(dovetail_testkit_open(runtime_, &session_));
        } else if (what == "request") {
            request(line.at("key"), line.at("op"), line.value("params", Json::object()).dump());
        } else if (what == "cancel") {
            check(dovetail_cancel(session_, line.at("key")));
        } else if (what == "reply") {
            reply(line, json_of(line));
        } else if (what == "proceed") {
            const std::string json = json_of(line);
            check(dovetail_proceed(session_, line.at("call"), line.at("key"), json.data(), json.size()));
        } else if (what == "raw_reply") {
            reply(line, unhex(line.at("hex")));
        } else if (what == "fail") {
            const std::string json = line.at("json").dump();
            check(dovetail_fail(session_, line.at("call"), json.data(), json.size()));
        } else if (what == "progress") {
            const std::string json = line.at("json").dump();
            check(dovetail_progress(session_, line.at("call"), json.data(), json.size()));
        } else if (what == "ask") {
            const std::string json = line.at("json").dump();
            check(dovetail_ask(session_, line.at("call"), line.at("key"), json.data(), json.size()));
        } else if (what == "call_info") {
            return {{"ok", true}, {"info", call_info(line.at("call"))}};
        } else if (what == "close") {
            check(dovetail_close(session_, line.at("key"), line.value("deadline", 100)));
        } else if (what == "next") {
            return {{"ok", true}, {"events", next(line.value("max", 64), line.value("timeout", 1000))}};
        } else if (what == "status") {
            return {{"ok", true}, {"status", status()}};
        } else if (what == "big") {
            return big(line.at("key"), line.at("bytes"));
        } else {
            throw std::runtime_error("no such step: " + what);
        }
        return {{"ok", true}};
    }

private:
    /// The JSON of a command, empty when it has none.
    static std::string json_of(const Json& line) { return line.contains("json") ? line["json"].dump() : std::string(); }

    void request(uint64_t key, const std::string& operation, const std::string& params) {
        check(dovetail_request(session_, key, operation.data(), operation.size(), params.data(), params.size(),
                               nullptr, 0));
    }

    void reply(const Json& line, const std::string& json) {
        check(dovetail_reply(session_, line.at("call"), line.value("shape", 0), json.data(), json.size()));
    }

    Json status() {
        return Json::parse(copied([this](char* text, std::size_t room, std::size_t* needed) {
            return dovetail_status(session_, text, room, needed);
        }));
    }

    Json call_info(uint64_t call) {
        return Json::parse(copied([this, call](char* text, std::size_t room, std::size_t* needed) {
            return dovetail_call_info(session_, call, text, room, needed);
        }));
    }

    Json next(uint32_t max, int64_t timeout) {
        std::size_t used = 0;
        for (;;) {
            const std::size_t room = buffer_.size() * sizeof(uint64_t);
            const int32_t status = dovetail_next_events(session_, max, timeout, buffer_.data(), room, &used);
            if (status != DOVETAIL_BUFFER_TOO_SMALL) {
                check(status);
                break;
            }
            buffer_.resize(used / sizeof(uint64_t));
        }
        Json events = Json::array();
        const char* bytes = reinterpret_cast<const char*>(buffer_.data());
        for (std::size_t at = 0; at < used;) {
            DovetailEvent head;
            std::memcpy(&head, bytes + at, sizeof head);
            at += sizeof head;
            const std::string payload(bytes + at, head.len);
            at += (head.len + 7U) / 8U * 8U;
            events.push_back({{"kind", kind_name(head.kind)},
                              {"code", head.code},
                              {"key", head.key},
                              {"payload", payload.empty() ? Json() : Json::parse(payload)}});
        }
        return events;
    }

    /// Sends a string of this many bytes around and answers how long the echo is.
    Json big(uint64_t key, std::size_t bytes) {
        request(key, "echo", Json{{"text", std::string(bytes, 'x')}}.dump());
        const Json events = next(1, 30000);
        if (events.empty()) {
            throw std::runtime_error("no echo within 30 s");
        }
        const Json& echo = events.at(0);
        const std::size_t length = echo.at("payload").at("text").get_ref<const std::string&>().size();
        return {{"ok", echo.at("code") == 0}, {"length", length}};
    }

    DovetailRuntime* runtime_ = nullptr;
    DovetailSession* session_ = nullptr;
    /// Words, because records begin at multiples of 8 bytes. Small, so that growing is tested too.
    std::vector<uint64_t> buffer_ = std::vector<uint64_t>(512);
};

} // namespace

int main() {
    std::optional<Driver> driver(std::in_place);
    for (std::string text; std::getline(std::cin, text);) {
        const Json line = Json::parse(text);
        if (line.at("do") == "exit_pending") {
            // Leaves without destroying the driver, as a program does that exits in the middle of its work.
            std::cout << Json{{"ok", true}} << std::endl;
            std::exit(0);
        }
        Json answer;
        try {
            answer = driver->run(line);
        } catch (const Refused&) {
            answer = last_error();
        }
        std::cout << answer << std::endl;
    }
    return 0;
}
