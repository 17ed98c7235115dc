// Servers of the C++ surface beyond the features of the protocol: exchanges under other people's HTTP servers, options,
// and the threads that run handlers.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "dovetail.hpp"
#include "errors.hpp"

using namespace dovetail;
using tests::anything;
using tests::error_of;

namespace {

const Json form = {{"type", "object"}, {"properties", {{"answer", {{"type", "string"}}}}}};

/// Opens once; waiting is bounded, so that a fault does not hang the tests.
class Gate {
public:
    void open() {
        const std::lock_guard<std::mutex> lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(20), [this] { return open_; })) {
            throw std::runtime_error("waited in vain");
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

/// A request of a client that can show forms.
Json request_of(const std::string& method, Json params) {
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                       {"io.modelcontextprotocol/clientInfo", {{"name", "test"}, {"version", "1"}}},
                       {"io.modelcontextprotocol/clientCapabilities", {{"elicitation", Json::object()}}}};
    return {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}};
}

/// The body of a call, which asks for progress when it has a token.
std::string call_of(const std::string& tool, const std::string& token = "") {
    Json request = request_of("tools/call", {{"name", tool}, {"arguments", Json::object()}});
    if (!token.empty()) {
        request["params"]["_meta"]["progressToken"] = token;
    }
    return request.dump();
}

RequestHead head_of(const std::string& method, const std::string& host = "localhost") {
    return {"POST",
            "/mcp",
            {{"host", host},
             {"content-type", "application/json"},
             {"accept", "application/json, text/event-stream"},
             {"mcp-protocol-version", "2026-07-28"},
             {"mcp-method", method}}};
}

RequestHead post(const std::string& tool, const std::string& host = "localhost") {
    RequestHead head = head_of("tools/call", host);
    head.headers.emplace_back("mcp-name", tool);
    return head;
}

Json result_of(Exchange exchange) { return Json::parse(exchange.rest()).at("result"); }

void an_exchange_answers_a_request() {
    Server server("demo");
    server.tool("answer", "", anything, [] { return 42; });
    Exchange exchange = server.exchange(post("answer"), call_of("answer"));
    CHECK_EQUAL(exchange.status(), 200);
    CHECK_EQUAL(exchange.header("content-type").value_or(""), "application/json");
    CHECK_EQUAL(Json::parse(exchange.rest()).at("result").at("structuredContent"), 42);
    CHECK(!exchange.next());
    CHECK_EQUAL(server.exchange({"BREW", "/mcp", {{"host", "localhost"}}}).status(), 405);
    CHECK_EQUAL(server.exchange(post("answer", "elsewhere.example"), call_of("answer")).status(), 403);
    CHECK_EQUAL(error_of([&] { server.exchange({"no method", "/mcp", {}}); }).code(), DOVETAIL_ERROR_INVALID_ARGUMENT);
}

void an_exchange_answers_to_the_hosts_that_it_is_told() {
    Server server("demo");
    server.tool("answer", "", anything, [] { return 42; });
    server.allow({"mcp.example.org"}, {"https://app.example.org"});
    CHECK_EQUAL(server.exchange(post("answer", "mcp.example.org"), call_of("answer")).status(), 200);
    CHECK_EQUAL(server.exchange(post("answer"), call_of("answer")).status(), 200);
    CHECK_EQUAL(server.exchange(post("answer", "elsewhere.example"), call_of("answer")).status(), 403);
    RequestHead head = post("answer", "mcp.example.org");
    head.headers.emplace_back("origin", "https://app.example.org");
    CHECK_EQUAL(server.exchange(head, call_of("answer")).status(), 200);
    head.headers.back().second = "https://evil.example";
    CHECK_EQUAL(server.exchange(head, call_of("answer")).status(), 403);
    CHECK_EQUAL(error_of([&] { server.allow({"other.example"}); }).code(), DOVETAIL_ERROR_INVALID_STATE);
}

void an_exchange_says_who_calls() {
    Server server("demo");
    server.tool("who", "", anything, [](const Json&, Context& context) { return context.info().value("principal", ""); });
    RequestHead head = post("who");
    head.principal = "ada";
    CHECK_EQUAL(result_of(server.exchange(head, call_of("who"))).at("content").at(0).at("text"), "ada");
}

void an_exchange_streams_in_pieces() {
    Server server("demo");
    Gate seen;
    server.tool("slow", "", anything, [&](const Json&, Context& context) {
        context.progress(1, 2);
        seen.wait();
        return "done";
    });
    Exchange exchange = server.exchange(post("slow"), call_of("slow", "t"));
    CHECK_EQUAL(exchange.status(), 200);
    CHECK_EQUAL(exchange.header("content-type").value_or(""), "text/event-stream");
    const auto first = exchange.next();
    CHECK(first && first->find("\"progress\":1") != std::string::npos);
    seen.open();
    CHECK(exchange.rest().find("done") != std::string::npos);
}

void the_end_of_an_exchange_cancels_its_call() {
    Server server("demo");
    std::promise<bool> cancelled;
    server.tool("wait", "", anything, [&](const Json&, Context& context) {
        context.progress(1);
        cancelled.set_value(context.wait_cancelled(std::chrono::seconds(20)));
    });
    {
        const Exchange exchange = server.exchange(post("wait"), call_of("wait", "t"));
        CHECK_EQUAL(exchange.status(), 200);
    }
    CHECK(cancelled.get_future().get());
}

void a_listening_says_what_it_was_granted() {
    Server server("demo");
    server.tool("one", "", anything, [] { return 1; });
    server.resource("note://a", "A", [] { return std::string("a"); });
    Client client(server);
    Filter filter = Filter::resource("note://a");
    filter.tools = true;
    Listening listening = client.listen(filter);
    CHECK(listening.granted().tools && !listening.granted().prompts);
    CHECK_EQUAL(listening.granted().uris.at(0), "note://a");
    server.tool("two", "", anything, [] { return 2; });
    CHECK(listening.next().value().list == Part::tools);
    server.resource_updated("note://a");
    CHECK_EQUAL(listening.next().value().uri, "note://a");
    listening.cancel();
    CHECK(!listening.next());
    // The end of the object closes its stream as well, and a token does before it has begun.
    { const Listening other = client.listen(filter); }
    const CancelToken token;
    token.cancel();
    client.listen(filter, [](const Change&) {}, CallOptions().with_cancel(token));
}

void limits_are_set_by_name() {
    Server server("demo");
    Gate begun;
    Gate let_go;
    server.limits({{"in_flight", 1}});
    server.tool("wait", "", anything, [&] {
        begun.open();
        let_go.wait();
        return 1;
    });
    Client client(server);
    auto waiting = std::async(std::launch::async, [&] { return client.call("wait").as<int>(); });
    begun.wait();
    CHECK_EQUAL(error_of([&] { client.call("wait"); }).code(), DOVETAIL_ERROR_BUSY);
    let_go.open();
    CHECK_EQUAL(waiting.get(), 1);
    CHECK_EQUAL(error_of([&] { server.limits({{"in_flight", 2}}); }).code(), DOVETAIL_ERROR_INVALID_STATE);
    Server other("demo");
    other.limits({{"patience", 1}});
    CHECK_EQUAL(error_of([&] { Client{other}; }).code(), DOVETAIL_ERROR_INVALID_ARGUMENT);
}

void a_handler_that_takes_too_long_is_ended() {
    Server server("demo");
    std::promise<bool> told;
    server.call_timeout(std::chrono::milliseconds(20)).tool("wait", "", anything, [&](const Json&, Context& context) {
        told.set_value(context.wait_cancelled(std::chrono::seconds(20)));
    });
    Client client(server);
    CHECK_EQUAL(error_of([&] { client.call("wait"); }).code(), DOVETAIL_ERROR_DEADLINE_EXCEEDED);
    CHECK(told.get_future().get());
}

/// The call again, with the answer to the question that it came back with.
Json answered(const Json& question, const std::string& tool, const Json& content) {
    Json request = Json::parse(call_of(tool));
    request["params"]["requestState"] = question.at("requestState");
    const auto key = question.at("inputRequests").begin().key();
    request["params"]["inputResponses"][key] = {{"action", "accept"}, {"content", content}};
    return request;
}

/// A server whose tool asks, with one key ring.
std::unique_ptr<Server> asking(const std::string& keys, std::atomic<int>& runs) {
    auto server = std::make_unique<Server>("demo");
    if (!keys.empty()) {
        server->state_keys(keys);
    }
    server->tool("ask", "", anything, [&runs](const Json&, Context& context) {
        ++runs;
        return context.elicit("why?", form).content.at("answer");
    });
    return server;
}

void state_is_sealed_with_the_given_keys() {
    const std::string keys = "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    std::atomic<int> runs{0};
    const auto first = asking(keys, runs);
    const Json request = answered(result_of(first->exchange(post("ask"), call_of("ask"))), "ask", {{"answer", "so"}});
    // Another instance with the same keys goes on where the first one stopped; one with its own does not.
    const auto second = asking(keys, runs);
    const Json answer = result_of(second->exchange(post("ask"), request.dump()));
    CHECK_EQUAL(answer.at("content").at(0).at("text"), "so");
    const auto stranger = asking("", runs);
    CHECK(Json::parse(stranger->exchange(post("ask"), request.dump()).rest()).contains("error"));
    CHECK_EQUAL(runs.load(), 2);
    CHECK_EQUAL(error_of([&] { asking("nonsense", runs)->exchange(post("ask")); }).code(),
                DOVETAIL_ERROR_INVALID_ARGUMENT);
}

void what_is_done_once_is_not_done_again() {
    Server server("demo");
    std::atomic<int> wiped{0};
    const auto wipe = [&wiped](const Json&, Context& context) {
        return context.elicit("sure?", form).accepted() ? ++wiped : 0;
    };
    server.tool("wipe", "", anything, wipe, ToolOptions().with_once());
    server.tool("again", "", anything, wipe);
    const auto twice = [&](const std::string& tool) {
        const Json question = result_of(server.exchange(post(tool), call_of(tool)));
        const std::string request = answered(question, tool, {{"answer", "x"}}).dump();
        const int first = result_of(server.exchange(post(tool), request)).at("structuredContent").get<int>();
        return first == result_of(server.exchange(post(tool), request)).at("structuredContent").get<int>();
    };
    // A repeated last run gets the recorded result, where that was asked for.
    CHECK(twice("wipe"));
    CHECK_EQUAL(wiped.load(), 1);
    CHECK(!twice("again"));
    CHECK_EQUAL(wiped.load(), 3);
}

void hints_say_how_long_answers_may_be_kept() {
    Server server("demo");
    server.tool("one", "", anything, [] { return 1; });
    server.resource("note://a", "a", [] { return std::string("a"); });
    server.cache(Cacheable::tools, std::chrono::seconds(90), CacheScope::anybody)
        .cache(Cacheable::reads, std::chrono::milliseconds(5));
    const std::string list = request_of("tools/list", Json::object()).dump();
    const Json tools = result_of(server.exchange(head_of("tools/list"), list));
    CHECK_EQUAL(tools.at("ttlMs"), 90000);
    CHECK_EQUAL(tools.at("cacheScope"), "public");
    RequestHead read = head_of("resources/read");
    read.headers.emplace_back("mcp-name", "note://a");
    const Json note = result_of(server.exchange(read, request_of("resources/read", {{"uri", "note://a"}}).dump()));
    CHECK_EQUAL(note.at("ttlMs"), 5);
    CHECK_EQUAL(note.at("cacheScope"), "private");
}

void the_endpoints_of_the_oldest_revision_are_served_on_demand() {
    for (const bool sse : {true, false}) {
        Server server("demo");
        server.tool("one", "", anything, [] { return 1; });
        std::promise<std::string> ready;
        std::thread serving([&] {
            const auto note = [&](const std::string& url) { ready.set_value(url); };
            server.serve(Http("127.0.0.1:0").with_sse(sse).with_ready(note));
        });
        std::string url = ready.get_future().get();
        url.replace(url.rfind('/'), std::string::npos, "/sse");
        std::string said;
        try {
            Client client(url, ClientOptions().with_revision("2024-11-05"));
            said = Content(client.call("one").content.at(0)).as_text();
        } catch (const std::exception& error) {
            said = error.what();
        }
        server.close();
        serving.join();
        CHECK_EQUAL(said == "1", sse);
    }
}

void a_program_that_exits_is_started_again_only_when_allowed() {
    // It leaves a mark each time, and never answers.
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    const std::string mark = "/tmp/dovetail-respawn-" + std::to_string(now);
    const auto starts = [&mark](bool respawn) {
        error_of([&] { Client client(Command("sh", {"-c", "echo x >> " + mark}).with_respawn(respawn)); });
        std::FILE* file = std::fopen(mark.c_str(), "r");
        int lines = 0;
        for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
            lines += c == '\n';
        }
        std::fclose(file);
        std::remove(mark.c_str());
        return lines;
    };
    CHECK_EQUAL(starts(true), 2);
    CHECK_EQUAL(starts(false), 1);
}

void handlers_that_wait_for_each_other_run_side_by_side() {
    Server server("demo");
    server.workers(6);
    std::vector<std::unique_ptr<Gate>> gates;
    for (int i = 0; i < 6; ++i) {
        gates.push_back(std::make_unique<Gate>());
    }
    // Each lets the one before it go, so that all of them must run at the same time.
    server.tool("chain", "", anything, [&](const Json& in) {
        const auto at = in.at("at").get<std::size_t>();
        if (at > 0) {
            gates[at - 1]->open();
        }
        if (at + 1 < gates.size()) {
            gates[at]->wait();
        }
        return at;
    });
    Client client(server);
    std::vector<std::future<std::size_t>> calls;
    for (std::size_t at = 0; at < gates.size(); ++at) {
        calls.push_back(std::async(std::launch::async,
                                   [&client, at] { return client.call("chain", {{"at", at}}).as<std::size_t>(); }));
    }
    for (std::size_t at = 0; at < calls.size(); ++at) {
        CHECK_EQUAL(calls[at].get(), at);
    }
}

void no_more_handlers_run_than_there_are_workers() {
    Server server("demo");
    server.workers(2);
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    server.tool("work", "", anything, [&](const Json&, Context& context) {
        const int now = ++running;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        // Long enough for another thread to take over.
        context.wait_cancelled(std::chrono::milliseconds(3));
        --running;
        return 1;
    });
    Client client(server);
    std::vector<std::future<int>> calls;
    for (int i = 0; i < 12; ++i) {
        calls.push_back(std::async(std::launch::async, [&client] { return client.call("work").as<int>(); }));
    }
    for (auto& call : calls) {
        CHECK_EQUAL(call.get(), 1);
    }
    CHECK_EQUAL(most.load(), 2);
}

void a_handler_may_use_a_client_of_its_own_server() {
    Server server("demo");
    server.tool("inner", "", anything, [] { return 7; });
    std::unique_ptr<Client> client;
    server.tool("outer", "", anything, [&] { return client->call("inner").as<int>() + 1; });
    client = std::make_unique<Client>(server);
    CHECK_EQUAL(client->call("outer").as<int>(), 8);
    // And it may close the server that it belongs to.
    server.tool("close", "", anything, [&] { server.close(std::chrono::milliseconds(0)); });
    error_of([&] { client->call("close"); });
    client.reset();
}

void a_handler_that_computes_hears_of_its_cancellation() {
    Server server("demo");
    std::promise<void> begun;
    std::promise<bool> ended;
    server.tool("compute", "", anything, [&](const Json&, Context& context) {
        begun.set_value();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!context.cancelled() && std::chrono::steady_clock::now() < end) {
        }
        ended.set_value(context.cancelled());
    });
    Client client(server);
    const CancelToken token;
    auto call = std::async(std::launch::async, [&] {
        return error_of([&] { client.call("compute", anything, CallOptions().with_cancel(token)); }).code();
    });
    begun.get_future().get();
    token.cancel();
    CHECK_EQUAL(call.get(), DOVETAIL_ERROR_CANCELLED);
    CHECK(ended.get_future().get());
}

} // namespace

int main() {
    return tests::run({
        {"an exchange answers a request", an_exchange_answers_a_request},
        {"an exchange answers to the hosts that it is told", an_exchange_answers_to_the_hosts_that_it_is_told},
        {"an exchange says who calls", an_exchange_says_who_calls},
        {"an exchange streams in pieces", an_exchange_streams_in_pieces},
        {"the end of an exchange cancels its call", the_end_of_an_exchange_cancels_its_call},
        {"a listening says what it was granted", a_listening_says_what_it_was_granted},
        {"limits are set by name", limits_are_set_by_name},
        {"a handler that takes too long is ended", a_handler_that_takes_too_long_is_ended},
        {"state is sealed with the given keys", state_is_sealed_with_the_given_keys},
        {"what is done once is not done again", what_is_done_once_is_not_done_again},
        {"hints say how long answers may be kept", hints_say_how_long_answers_may_be_kept},
        {"the endpoints of the oldest revision are served on demand",
         the_endpoints_of_the_oldest_revision_are_served_on_demand},
        {"a program that exits is started again only when allowed",
         a_program_that_exits_is_started_again_only_when_allowed},
        {"handlers that wait for each other run side by side", handlers_that_wait_for_each_other_run_side_by_side},
        {"no more handlers run than there are workers", no_more_handlers_run_than_there_are_workers},
        {"a handler may use a client of its own server", a_handler_may_use_a_client_of_its_own_server},
        {"a handler that computes hears of its cancellation", a_handler_that_computes_hears_of_its_cancellation},
    });
}
