// The C++ surface: real servers and clients, inside one process, over HTTP and as a child process (this program again,
// started with the one argument `serve`).
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "dovetail.hpp"
#include "payload.hpp"
#include "errors.hpp"

using namespace dovetail;
using tests::anything;
using tests::error_of;

namespace {

std::string own_path;

struct Add {
    int a, b;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Add, a, b)

const Json integer = {{"type", "integer"}};
const Json form = {{"type", "object"}, {"properties", {{"answer", {{"type", "string"}}}}}, {"required", {"answer"}}};

std::unique_ptr<Server> demo() {
    auto server = std::make_unique<Server>("demo", "2.0.0", "Be kind.");
    server->workers(8);
    const Json sum = {
        {"type", "object"}, {"properties", {{"a", integer}, {"b", integer}}}, {"required", {"a", "b"}}};
    server->tool<Add>("add", "Add two numbers", sum, [](const Add& in) { return in.a + in.b; });
    server->tool("count", "Count", anything, [](const Json& in, Context& context) {
        for (int i = 1; i <= in.value("to", 3); ++i) {
            context.progress(i, in.value("to", 3), "step " + std::to_string(i));
        }
        return in.value("to", 3);
    });
    server->tool("fail", "Fail", anything, [](const Json&) { throw std::runtime_error("it broke"); });
    server->tool("fail_strangely", "Fail", anything, [](const Json&) { throw 42; });
    server->tool("garbage", "Answer with bytes", anything, [](const Json&) { return std::string("\xff"); });
    server->tool("wait", "Wait", anything, [](const Json&, Context& context) { context.wait_cancelled(); });
    server->tool("about", "Tell", anything, [](const Json&, Context& context) {
        return context.info().at("name").get<std::string>();
    });
    server->tool("whole", "Whole result", anything, [](const Json&) {
        return Whole{{{"content", {{{"type", "text"}, {"text", "as it is"}}}}}};
    });
    server->tool("ask", "Ask", anything, [](const Json& in, Context& context) {
        const Elicitation answer = context.elicit("why?", form);
        return answer.accepted() ? "accepted: " + answer.content.at("answer").get<std::string>()
               : answer.action == Action::decline ? std::string("declined")
                                                  : std::string("cancelled") + in.value("end", "");
    });
    server->tool("confirm", "Confirm", anything,
                 [](const Json&, Context& context) { return context.confirm("sure?"); });
    server->tool("careful", "Ask among standard exceptions", anything, [](const Json&, Context& context) {
        try {
            return context.elicit("why?", form).content.at("answer").get<std::string>();
        } catch (const std::exception&) {
            return std::string("swallowed");
        }
    });
    return server;
}

/// The demo server on HTTP, on a thread of its own.
class Listening {
public:
    Listening() : server_(demo()) {
        std::promise<std::string> ready;
        auto url_of = ready.get_future();
        thread_ = std::thread([this, ready = std::move(ready)]() mutable {
            try {
                server_->serve(Http("127.0.0.1:0").with_ready([&](const std::string& url) { ready.set_value(url); }));
            } catch (...) {
                ready.set_exception(std::current_exception());
            }
        });
        try {
            url = url_of.get();
        } catch (...) {
            thread_.join();
            throw;
        }
    }
    ~Listening() {
        server_->close();
        thread_.join();
    }

    std::string url;

private:
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

ClientOptions answering(Elicitation answer) {
    return ClientOptions().with_elicit([answer](const Question&) { return answer; });
}

void use(Client& client) {
    CHECK_EQUAL(client.call("add", {{"a", 2}, {"b", 3}}).as<int>(), 5);
    std::vector<double> values;
    std::string last;
    const auto caller = std::this_thread::get_id();
    bool same_thread = true;
    const auto options = CallOptions().with_progress([&](const Progress& step) {
        values.push_back(step.value);
        last = step.message;
        same_thread = same_thread && std::this_thread::get_id() == caller;
    });
    CHECK_EQUAL(client.call("count", {{"to", 3}}, options).as<int>(), 3);
    CHECK(!values.empty() && same_thread);
    CHECK_EQUAL(values.back(), 3.0);
    CHECK_EQUAL(last, "step 3");
    const DovetailError error = error_of([&] { client.call("fail"); });
    CHECK_EQUAL(error.code(), DOVETAIL_ERROR_TOOL_ERROR);
    CHECK_EQUAL(error.detail(), "it broke");
    CHECK_EQUAL(client.call("ask").as<std::string>(), "accepted: because");
}

void in_process() {
    const auto server = demo();
    Client client(*server, answering(Elicitation::accept({{"answer", "because"}})));
    use(client);
}

void over_http() {
    const Listening listening;
    Client client(listening.url, answering(Elicitation::accept({{"answer", "because"}})));
    use(client);
}

void over_stdio() {
    Client client(Command(own_path, {"serve"}), answering(Elicitation::accept({{"answer", "because"}})));
    use(client);
    client.close();
    CHECK_EQUAL(error_of([&] { client.call("add"); }).code(), DOVETAIL_ERROR_CLOSED);
}

void tools_and_server_are_described() {
    const auto server = demo();
    Client client(*server);
    const auto tools = client.list_tools();
    CHECK_EQUAL(tools.at(0).name, "add");
    CHECK_EQUAL(tools.at(0).description, "Add two numbers");
    CHECK_EQUAL(tools.at(0).output_schema, integer);
    CHECK(tools.at(2).output_schema.is_null());
    const ServerInfo info = client.server_info();
    CHECK_EQUAL(info.name, "demo");
    CHECK_EQUAL(info.version, "2.0.0");
    CHECK_EQUAL(info.instructions, "Be kind.");
    CHECK(!info.revision.empty());
    CHECK_EQUAL(client.call("about").as<std::string>(), "about");
}

void a_failing_handler_fails_only_its_call() {
    const auto server = demo();
    Client client(*server);
    CHECK_EQUAL(error_of([&] { client.call("fail_strangely"); }).code(), DOVETAIL_ERROR_TOOL_ERROR);
    CHECK_EQUAL(error_of([&] { client.call("garbage"); }).code(), DOVETAIL_ERROR_TOOL_ERROR);
    // A tool that is not there is a refusal by the protocol, not a failure of a tool.
    const DovetailError unknown = error_of([&] { client.call("nope"); });
    CHECK(unknown.code() != DOVETAIL_ERROR_TOOL_ERROR && !unknown.rpc().is_null());
    CHECK_EQUAL(error_of([&] { client.call("add", {{"a", "x"}, {"b", 1}}); }).code(), DOVETAIL_ERROR_TOOL_ERROR);
    const CallResult result = client.call_raw("fail");
    CHECK(result.is_error);
    CHECK_EQUAL(result.content.at(0).at("text"), "it broke");
    CHECK_EQUAL(client.call("whole").content.at(0).at("text"), "as it is");
    CHECK_EQUAL(client.call("add", {{"a", 1}, {"b", 1}}).as<int>(), 2);
}

void questions_are_answered_every_way() {
    const auto server = demo();
    Client yes(*server, answering(Elicitation::accept({{"answer", "so"}})));
    CHECK_EQUAL(yes.call("ask").as<std::string>(), "accepted: so");
    // A handler that catches standard exceptions does not stop the end of its run.
    CHECK_EQUAL(yes.call("careful").as<std::string>(), "so");
    Client no(*server, answering(Elicitation::decline()));
    CHECK_EQUAL(no.call("ask").as<std::string>(), "declined");
    CHECK_EQUAL(no.call("confirm").as<bool>(), false);
    Client away(*server, ClientOptions().with_elicit([](const Question&) -> Elicitation {
        throw std::runtime_error("nobody is here");
    }));
    CHECK_EQUAL(away.call("ask").as<std::string>(), "cancelled");
    Client mute(*server);
    error_of([&] { mute.call("ask"); });
}

void a_call_is_cancelled_by_its_token() {
    const Listening listening;
    Client client(listening.url);
    const CancelToken token;
    auto waiting = std::async(std::launch::async, [&] {
        return error_of([&] { client.call("wait", Json::object(), CallOptions().with_cancel(token)); }).code();
    });
    token.cancel();
    CHECK_EQUAL(waiting.get(), DOVETAIL_ERROR_CANCELLED);
    CHECK(token.cancelled());
    // A token that is cancelled already.
    CHECK_EQUAL(
        error_of([&] { client.call("wait", Json::object(), CallOptions().with_cancel(token)); }).code(),
        DOVETAIL_ERROR_CANCELLED);
    CHECK_EQUAL(client.call("add", {{"a", 1}, {"b", 1}}).as<int>(), 2);
}

void a_timeout_ends_a_call() {
    const auto server = demo();
    Client client(*server);
    const auto options = CallOptions().with_timeout(std::chrono::milliseconds(50));
    CHECK_EQUAL(error_of([&] { client.call("wait", Json::object(), options); }).code(),
                DOVETAIL_ERROR_DEADLINE_EXCEEDED);
}

void an_exception_in_a_progress_callback_leaves_through_the_call() {
    const auto server = demo();
    Client client(*server);
    const auto options =
        CallOptions().with_progress([](const Progress&) { throw std::logic_error("enough"); });
    bool left = false;
    try {
        client.call("count", {{"to", 3}}, options);
    } catch (const std::logic_error&) {
        left = true;
    }
    CHECK(left);
    CHECK_EQUAL(client.call("add", {{"a", 1}, {"b", 1}}).as<int>(), 2);
}

void a_string_is_never_a_command() {
    for (const char* text : {"/bin/true", "file:///bin/true", "npx -y x", ""}) {
        CHECK_EQUAL(error_of([&] { Client client((std::string(text))); }).code(), DOVETAIL_ERROR_INVALID_ARGUMENT);
    }
}

void a_connection_that_cannot_be_made_is_an_error() {
    error_of([] { Client client(Command("/does/not/exist")); });
    std::string url;
    {
        const Listening listening;
        url = listening.url;
    }
    error_of([&] { Client client(url); });
}

void a_peer_that_stops_reading_does_not_kill_the_program() {
    // Its input is closed while it lives: writing to it raises SIGPIPE where nobody has seen to it.
    error_of([] {
        Client client(Command("sh", {"-c", "exec 0<&-; exec sleep 2"}),
                      ClientOptions().with_timeout(std::chrono::milliseconds(500)));
    });
}

void closing_ends_serving_and_waiting() {
    auto server = demo();
    std::promise<void> ready;
    std::thread serving([&] {
        server->serve(Http("127.0.0.1:0").with_ready([&](const std::string&) { ready.set_value(); }));
    });
    ready.get_future().get();
    Client client(*server);
    auto waiting = std::async(std::launch::async, [&] { return error_of([&] { client.call("wait"); }).code(); });
    server->close(std::chrono::milliseconds(10));
    serving.join();
    waiting.get();
    const Json none = {{"type", "object"}};
    CHECK_EQUAL(error_of([&] { server->tool("late", "", none, [](const Json&) { return 1; }); }).code(),
                DOVETAIL_ERROR_INVALID_STATE);
}

void many_threads_share_a_client() {
    const Listening listening;
    Client client(listening.url);
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                good += client.call("add", {{"a", t}, {"b", i}}).as<int>() == t + i;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK_EQUAL(good.load(), 200);
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string(argv[1]) == "serve") {
        demo()->serve_stdio();
        return 0;
    }
    own_path = argv[0];
    return tests::run({
        {"payloads are read as the JSON type does", tests::payloads_are_read_as_the_json_type_does},
        {"in process", in_process},
        {"over HTTP", over_http},
        {"over stdio", over_stdio},
        {"tools and server are described", tools_and_server_are_described},
        {"a failing handler fails only its call", a_failing_handler_fails_only_its_call},
        {"questions are answered every way", questions_are_answered_every_way},
        {"a call is cancelled by its token", a_call_is_cancelled_by_its_token},
        {"a timeout ends a call", a_timeout_ends_a_call},
        {"an exception in a progress callback leaves through the call",
         an_exception_in_a_progress_callback_leaves_through_the_call},
        {"a string is never a command", a_string_is_never_a_command},
        {"a connection that cannot be made is an error", a_connection_that_cannot_be_made_is_an_error},
        {"a peer that stops reading does not kill the program", a_peer_that_stops_reading_does_not_kill_the_program},
        {"closing ends serving and waiting", closing_ends_serving_and_waiting},
        {"many threads share a client", many_threads_share_a_client},
    });
}
