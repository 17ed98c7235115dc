// The C interface through its testkit: statuses, buffers, batches, the wake-up, and what NULL does.
#include <atomic>
#include <chrono>
#include <cstring>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "check.hpp"
#include "dovetail.h"

using Json = nlohmann::json;

namespace {

struct Seen {
    DovetailEvent head;
    std::string payload;
};

/// A testkit session, closed and freed at the end.
class Session {
public:
    Session() {
        CHECK_EQUAL(dovetail_runtime_new(&runtime_), DOVETAIL_OK);
        CHECK_EQUAL(dovetail_testkit_open(runtime_, &handle), DOVETAIL_OK);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        dovetail_session_free(handle);
        dovetail_runtime_shutdown(runtime_, 1000);
        dovetail_runtime_free(runtime_);
    }

    int32_t request(uint64_t key, const std::string& operation, const std::string& params = "") {
        return dovetail_request(handle, key, operation.data(), operation.size(), params.data(), params.size(), nullptr,
                                0);
    }

    std::vector<Seen> next(uint32_t max = 64, int64_t timeout_ms = 5000, std::size_t room = 1 << 20) {
        std::vector<uint64_t> buffer(room / 8);
        std::size_t used = 0;
        CHECK_EQUAL(dovetail_next_events(handle, max, timeout_ms, buffer.data(), room, &used), DOVETAIL_OK);
        std::vector<Seen> seen;
        const char* bytes = reinterpret_cast<const char*>(buffer.data());
        for (std::size_t at = 0; at < used;) {
            DovetailEvent head;
            std::memcpy(&head, bytes + at, sizeof head);
            at += sizeof head;
            seen.push_back({head, std::string(bytes + at, head.len)});
            at += (head.len + 7U) / 8U * 8U;
        }
        return seen;
    }

    /// The next event, whichever batch it comes in.
    Seen one() {
        const auto seen = next(1);
        CHECK_EQUAL(seen.size(), 1U);
        return seen[0];
    }

    DovetailSession* handle = nullptr;

private:
    DovetailRuntime* runtime_ = nullptr;
};

Json last_error() {
    std::size_t needed = 0;
    CHECK_EQUAL(dovetail_last_error(nullptr, 0, &needed), DOVETAIL_BUFFER_TOO_SMALL);
    std::string text(needed, '\0');
    CHECK_EQUAL(dovetail_last_error(&text[0], needed, &needed), DOVETAIL_OK);
    return Json::parse(text);
}

void version() { CHECK_EQUAL(dovetail_contract_version(), static_cast<uint32_t>(DOVETAIL_CONTRACT_VERSION)); }

void null_is_refused_everywhere() {
    std::size_t size = 0;
    const int32_t expected = DOVETAIL_ERROR_INVALID_ARGUMENT;
    CHECK_EQUAL(dovetail_runtime_new(nullptr), expected);
    CHECK_EQUAL(dovetail_runtime_default(nullptr), expected);
    CHECK_EQUAL(dovetail_runtime_shutdown(nullptr, 0), expected);
    CHECK_EQUAL(dovetail_testkit_open(nullptr, nullptr), expected);
    DovetailSession* session = reinterpret_cast<DovetailSession*>(&size);
    CHECK_EQUAL(dovetail_server_open(nullptr, "{}", 2, &session), expected);
    CHECK(session == nullptr);
    CHECK_EQUAL(dovetail_client_open(nullptr, 1, "{}", 2, nullptr, &session), expected);
    CHECK_EQUAL(dovetail_serve(nullptr, 1, "{}", 2), expected);
    CHECK_EQUAL(dovetail_request(nullptr, 1, "echo", 4, nullptr, 0, nullptr, 0), expected);
    CHECK_EQUAL(dovetail_exchange(nullptr, 1, "{}", 2, nullptr, 0), expected);
    CHECK_EQUAL(dovetail_next_events(nullptr, 1, 0, nullptr, 0, &size), expected);
    CHECK_EQUAL(dovetail_set_waker(nullptr, nullptr, nullptr), expected);
    CHECK_EQUAL(dovetail_reply(nullptr, 1, 0, "1", 1), expected);
    CHECK_EQUAL(dovetail_reply_batch(nullptr, nullptr, 0, nullptr), expected);
    CHECK_EQUAL(dovetail_fail(nullptr, 1, "{}", 2), expected);
    CHECK_EQUAL(dovetail_progress(nullptr, 1, "{}", 2), expected);
    CHECK_EQUAL(dovetail_ask(nullptr, 1, 1, "{}", 2), expected);
    CHECK_EQUAL(dovetail_call_info(nullptr, 1, nullptr, 0, &size), expected);
    CHECK_EQUAL(dovetail_cancel(nullptr, 1), expected);
    CHECK_EQUAL(dovetail_close(nullptr, 1, 0), expected);
    CHECK_EQUAL(dovetail_status(nullptr, nullptr, 0, &size), expected);
    CHECK_EQUAL(last_error().at("detail"), "session is NULL");
    dovetail_session_free(nullptr);
    dovetail_runtime_free(nullptr);

    const Session open;
    CHECK_EQUAL(dovetail_request(open.handle, 1, "echo", 4, nullptr, 7, nullptr, 0), expected);
    CHECK_EQUAL(dovetail_next_events(open.handle, 1, 0, nullptr, 0, nullptr), expected);
}

void an_operation_completes_under_its_key() {
    Session session;
    CHECK_EQUAL(session.request(7, "echo", R"({"a":1})"), DOVETAIL_OK);
    const Seen done = session.one();
    CHECK_EQUAL(done.head.kind, static_cast<uint32_t>(DOVETAIL_EVENT_DONE));
    CHECK_EQUAL(done.head.key, 7U);
    CHECK_EQUAL(done.payload, R"({"a":1})");
    CHECK(session.next(1, 0).empty());
}

void a_panic_is_an_error_and_the_session_lives() {
    Session session;
    CHECK_EQUAL(session.request(1, "panic"), DOVETAIL_OK);
    CHECK_EQUAL(session.one().head.code, DOVETAIL_ERROR_PANIC);
    CHECK_EQUAL(session.request(1, "echo"), DOVETAIL_OK);
    CHECK_EQUAL(session.one().head.code, 0);
}

void a_small_buffer_loses_nothing() {
    Session session;
    const std::string text(100, 'x');
    CHECK_EQUAL(session.request(1, "echo", Json{{"t", text}}.dump()), DOVETAIL_OK);
    uint64_t small[4];
    std::size_t used = 0;
    CHECK_EQUAL(dovetail_next_events(session.handle, 0, 5000, small, sizeof small, &used), DOVETAIL_BUFFER_TOO_SMALL);
    CHECK_EQUAL(used, 24U + 112U);
    std::vector<uint64_t> enough(used / 8);
    CHECK_EQUAL(dovetail_next_events(session.handle, 0, 0, enough.data(), used, &used), DOVETAIL_OK);
    CHECK_EQUAL(used, 24U + 112U);
}

void a_buffer_takes_what_fits_and_leaves_the_rest() {
    Session session;
    for (uint64_t key = 1; key <= 3; ++key) {
        CHECK_EQUAL(session.request(key, "echo", R"({"a":12})"), DOVETAIL_OK);
    }
    std::vector<uint64_t> keys;
    while (keys.size() < 3) {
        // Two records of 32 bytes fit.
        const auto seen = session.next(64, 5000, 64 + 8);
        CHECK(!seen.empty() && seen.size() <= 2);
        for (const Seen& event : seen) {
            keys.push_back(event.head.key);
        }
    }
    CHECK_EQUAL(keys[0] + keys[1] + keys[2], 6U);
}

void invalid_utf8_is_refused_and_the_call_still_waits() {
    Session session;
    CHECK_EQUAL(session.request(1, "call", R"({"target":3,"arguments":{}})"), DOVETAIL_OK);
    const Seen call = session.one();
    CHECK_EQUAL(call.head.code, 3);
    CHECK_EQUAL(dovetail_reply(session.handle, call.head.key, 0, "\"\xff\"", 3), DOVETAIL_ERROR_INVALID_ARGUMENT);
    CHECK_EQUAL(last_error().at("detail"), "json is not UTF-8 (byte 1)");
    CHECK_EQUAL(dovetail_reply(session.handle, call.head.key, 5, "1", 1), DOVETAIL_ERROR_INVALID_ARGUMENT);
    CHECK_EQUAL(dovetail_reply(session.handle, call.head.key, 0, "1", 1), DOVETAIL_OK);
    CHECK_EQUAL(session.one().payload, R"({"value":1})");
    CHECK_EQUAL(dovetail_reply(session.handle, call.head.key, 0, "1", 1), DOVETAIL_ERROR_STALE_CALL);
}

void add_reply(std::vector<uint64_t>& batch, uint64_t call, uint32_t shape, const std::string& json) {
    const DovetailReply head = {call, shape, static_cast<uint32_t>(json.size())};
    const std::size_t at = batch.size();
    batch.resize(at + 2 + (json.size() + 7) / 8);
    std::memcpy(&batch[at], &head, sizeof head);
    std::memcpy(&batch[at + 2], json.data(), json.size());
}

void a_batch_of_replies_survives_a_bad_one() {
    Session session;
    std::vector<uint64_t> batch;
    for (uint64_t key = 1; key <= 3; ++key) {
        CHECK_EQUAL(session.request(key, "call", R"({"target":0,"arguments":{}})"), DOVETAIL_OK);
        const uint64_t call = session.one().head.key;
        add_reply(batch, call, DOVETAIL_SHAPE_VALUE, key == 2 ? "nonsense" : "\"yes\"");
        if (key == 1) {
            add_reply(batch, call, DOVETAIL_SHAPE_VALUE, "\"again\"");
        }
    }
    uint32_t stale = 99;
    CHECK_EQUAL(dovetail_reply_batch(session.handle, batch.data(), batch.size() * 8, &stale),
                DOVETAIL_ERROR_INVALID_ARGUMENT);
    CHECK_EQUAL(stale, 1U);
    CHECK_EQUAL(last_error().at("context").at("call"), "2");
    CHECK_EQUAL(session.one().payload, R"({"value":"yes"})");
    CHECK_EQUAL(session.one().payload, R"({"value":"yes"})");
    CHECK(session.next(1, 0).empty());
    CHECK_EQUAL(dovetail_reply_batch(session.handle, batch.data(), 20, nullptr), DOVETAIL_ERROR_INVALID_ARGUMENT);
}

void closing_completes_everything_and_then_says_closed() {
    Session session;
    CHECK_EQUAL(session.request(1, "never"), DOVETAIL_OK);
    CHECK_EQUAL(dovetail_close(session.handle, 2, 100), DOVETAIL_OK);
    CHECK_EQUAL(dovetail_close(session.handle, 3, 100), DOVETAIL_ERROR_CLOSED);
    CHECK_EQUAL(session.request(4, "echo"), DOVETAIL_ERROR_CLOSED);
    const Seen closing = session.one();
    CHECK_EQUAL(closing.head.key, 2U);
    const Seen never = session.one();
    CHECK_EQUAL(never.head.code, DOVETAIL_ERROR_CLOSED);
    CHECK_EQUAL(session.one().head.kind, static_cast<uint32_t>(DOVETAIL_EVENT_CLOSED));
    std::size_t used = 0;
    uint64_t room[8];
    // Even without a bound in time: there is nothing left to wait for.
    CHECK_EQUAL(dovetail_next_events(session.handle, 0, -1, room, sizeof room, &used), DOVETAIL_ERROR_CLOSED);
}

void one_thread_fetches_at_a_time() {
    Session session;
    std::promise<int32_t> waited;
    std::thread waiting([&] {
        std::size_t used = 0;
        uint64_t room[64];
        int32_t status = DOVETAIL_ERROR_INVALID_STATE;
        // It may come just while the fetch below is inside, which is over at once.
        while (status == DOVETAIL_ERROR_INVALID_STATE) {
            status = dovetail_next_events(session.handle, 0, 20000, room, sizeof room, &used);
        }
        waited.set_value(status);
    });
    std::size_t used = 0;
    uint64_t room[64];
    int32_t status = DOVETAIL_OK;
    auto answer = waited.get_future();
    // The other thread may not be inside yet; nothing is queued, so a fetch without a time takes nothing from it.
    while (status == DOVETAIL_OK && answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        status = dovetail_next_events(session.handle, 0, 0, room, sizeof room, &used);
        std::this_thread::yield();
    }
    CHECK_EQUAL(session.request(1, "echo"), DOVETAIL_OK);
    const int32_t other = answer.get();
    waiting.join();
    CHECK_EQUAL(status, DOVETAIL_ERROR_INVALID_STATE);
    CHECK_EQUAL(other, DOVETAIL_OK);
}

void the_wake_up_comes_and_ends_with_the_session() {
    struct User {
        std::promise<void> woken;
        std::atomic<int> wakes{0};
        std::atomic<bool> freed{false};
        std::atomic<int> late{0};
    } user;
    const auto wake = [](void* pointer) {
        auto* user = static_cast<User*>(pointer);
        if (user->freed) {
            ++user->late;
        }
        if (user->wakes++ == 0) {
            user->woken.set_value();
        }
    };
    {
        Session session;
        CHECK_EQUAL(dovetail_set_waker(session.handle, wake, &user), DOVETAIL_OK);
        CHECK_EQUAL(dovetail_set_waker(session.handle, wake, &user), DOVETAIL_ERROR_INVALID_STATE);
        CHECK_EQUAL(session.request(1, "echo"), DOVETAIL_OK);
        CHECK(user.woken.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready);
        CHECK_EQUAL(session.next(64, 0).size(), 1U);
        // Freeing closes, which would wake once more; the shutdown of the runtime waits for that to be over.
        dovetail_session_free(std::exchange(session.handle, nullptr));
        user.freed = true;
    }
    CHECK_EQUAL(user.late.load(), 0);
}

void information_is_copied_out() {
    Session session;
    std::size_t needed = 0;
    CHECK_EQUAL(dovetail_status(session.handle, nullptr, 0, &needed), DOVETAIL_BUFFER_TOO_SMALL);
    std::string text(needed, '\0');
    CHECK_EQUAL(dovetail_status(session.handle, &text[0], text.size(), nullptr), DOVETAIL_OK);
    CHECK_EQUAL(Json::parse(text).at("open"), true);
    CHECK_EQUAL(dovetail_call_info(session.handle, 9, &text[0], text.size(), &needed), DOVETAIL_ERROR_STALE_CALL);
}

void errors_are_kept_per_thread() {
    CHECK_EQUAL(dovetail_cancel(nullptr, 1), DOVETAIL_ERROR_INVALID_ARGUMENT);
    std::promise<std::size_t> elsewhere;
    std::thread([&elsewhere] {
        std::size_t needed = 99;
        dovetail_last_error(nullptr, 0, &needed);
        elsewhere.set_value(needed);
    }).join();
    CHECK_EQUAL(elsewhere.get_future().get(), 0U);
    CHECK_EQUAL(last_error().at("name"), "invalid_argument");
}

} // namespace

int main() {
    return tests::run({
        {"version", version},
        {"NULL is refused everywhere", null_is_refused_everywhere},
        {"an operation completes under its key", an_operation_completes_under_its_key},
        {"a panic is an error and the session lives", a_panic_is_an_error_and_the_session_lives},
        {"a small buffer loses nothing", a_small_buffer_loses_nothing},
        {"a buffer takes what fits and leaves the rest", a_buffer_takes_what_fits_and_leaves_the_rest},
        {"invalid UTF-8 is refused and the call still waits", invalid_utf8_is_refused_and_the_call_still_waits},
        {"a batch of replies survives a bad one", a_batch_of_replies_survives_a_bad_one},
        {"closing completes everything and then says closed", closing_completes_everything_and_then_says_closed},
        {"one thread fetches at a time", one_thread_fetches_at_a_time},
        {"the wake-up comes and ends with the session", the_wake_up_comes_and_ends_with_the_session},
        {"information is copied out", information_is_copied_out},
        {"errors are kept per thread", errors_are_kept_per_thread},
    });
}
