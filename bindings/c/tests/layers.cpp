// Layers of the C++ surface, around servers and clients, and refusals by name.
#include <atomic>
#include <future>
#include <map>
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

/// What layers saw, from any thread.
class Journal {
public:
    void add(const std::string& entry) {
        const std::lock_guard<std::mutex> lock(mutex_);
        text_ += (text_.empty() ? "" : "; ") + entry;
    }
    std::string take() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(text_, "");
    }

private:
    std::mutex mutex_;
    std::string text_;
};

/// A layer that writes down what passes.
Layer noting(Journal& journal, const std::string& name) {
    return Layer(
        [&journal, name](const Message& message, Next& next) {
            journal.add(name + " " + message.method);
            try {
                const Json result = next(message);
                journal.add(name + " done");
                return result;
            } catch (const DovetailError& error) {
                journal.add(name + " " + error.name());
                throw;
            }
        },
        {"tools/call"});
}

void add_offers(Server& server) {
    server.tool("echo", "", anything, [](const Json& in) { return in.value("text", ""); });
    server.tool("fail", "", anything, [] { throw std::runtime_error("it broke"); });
    server.resource_template("note://people/{name}", "people", [](const Json& in) -> std::string {
        const auto name = in.at("name").get<std::string>();
        if (name == "nobody") {
            throw DovetailError("unknown_resource", "there is no such person");
        }
        if (name == "secret") {
            throw DovetailError("forbidden", "not for you");
        }
        if (name == "broken") {
            throw std::runtime_error("the password is 1234");
        }
        return "note for " + name;
    });
}

void layers_stand_around_each_other() {
    Journal server_saw;
    Journal client_saw;
    Server server("demo");
    add_offers(server);
    server.layer(noting(server_saw, "outer")).layer(noting(server_saw, "inner"));
    Client client(server, ClientOptions().with_layer(noting(client_saw, "out")).with_layer(noting(client_saw, "in")));
    CHECK_EQUAL(client.call("echo", {{"text", "a"}}).as<std::string>(), "a");
    CHECK_EQUAL(server_saw.take(), "outer tools/call; inner tools/call; inner done; outer done");
    CHECK_EQUAL(client_saw.take(), "out tools/call; in tools/call; in done; out done");
    CHECK_EQUAL(error_of([&] { client.call("none"); }).code(), DOVETAIL_ERROR_UNKNOWN_TOOL);
    CHECK_EQUAL(server_saw.take(), "outer tools/call; inner tools/call; inner unknown_tool; outer unknown_tool");
    CHECK_EQUAL(client_saw.take(), "out tools/call; in tools/call; in unknown_tool; out unknown_tool");
    // They only see what they want to see.
    client.list_tools();
    CHECK_EQUAL(server_saw.take() + client_saw.take(), "");
}

void a_layer_changes_answers_and_refuses() {
    Server server("demo");
    add_offers(server);
    server.layer([](const Message& message, Next& next) -> Json {
        const std::string text = message.params.value("arguments", Json::object()).value("text", "");
        if (text == "change") {
            Message changed = message;
            changed.params["arguments"]["text"] = "changed";
            return next(changed);
        }
        if (text == "answer") {
            return {{"content", Json::array({Content::text("own answer")})}};
        }
        if (text == "replace") {
            Json result = next();
            result["content"] = Json::array({Content::text("replaced")});
            return result;
        }
        if (text == "refuse") {
            throw DovetailError("forbidden", "not you");
        }
        if (text == "break") {
            throw std::runtime_error("secret");
        }
        if (text == "twice") {
            next();
        }
        return next();
    });
    Client client(server);
    const auto said = [&client](const std::string& text) {
        return Content(client.call("echo", {{"text", text}}).content.at(0)).as_text();
    };
    CHECK_EQUAL(said("plain"), "plain");
    CHECK_EQUAL(said("change"), "changed");
    CHECK_EQUAL(said("answer"), "own answer");
    CHECK_EQUAL(said("replace"), "replaced");
    const DovetailError refused = error_of([&] { said("refuse"); });
    CHECK_EQUAL(refused.name(), "forbidden");
    CHECK_EQUAL(refused.detail(), "not you");
    const DovetailError broken = error_of([&] { said("break"); });
    CHECK(std::string(broken.what()).find("secret") == std::string::npos);
    error_of([&] { said("twice"); });
    CHECK_EQUAL(said("plain"), "plain");
    // The result of what failed passes unchanged as well.
    CHECK_EQUAL(error_of([&] { client.call("fail"); }).detail(), "it broke");
    CHECK_EQUAL(error_of([&] { server.layer([](const Message&, Next& next) { next(); }); }).code(),
                DOVETAIL_ERROR_INVALID_STATE);
}

void a_layer_without_a_result_passes_on_what_it_came_to() {
    std::atomic<int> calls{0};
    std::atomic<int> notifications{0};
    Server server("demo");
    add_offers(server);
    server.layer([&](const Message& message, Next& next) {
        ++(message.notification ? notifications : calls);
        CHECK(!message.revision.empty());
        next();
    });
    server.layer([](const Message&, Next&) {}, {"prompts/list"});
    Client client(server, ClientOptions().with_revision("2025-11-25"));
    CHECK_EQUAL(client.call("echo", {{"text", "a"}}).as<std::string>(), "a");
    CHECK(calls > 0 && notifications > 0);
    // One that neither answers nor goes on is at fault.
    error_of([&] { client.list_prompts(); });
}

void notifications_may_be_dropped() {
    Server server("demo");
    add_offers(server);
    server.resource("note://kept", "kept", [] { return std::string("a"); });
    server.resource("note://dropped", "dropped", [] { return std::string("a"); });
    Client client(server, ClientOptions().with_layer([](const Message& message, Next& next) {
        if (!message.notification || message.params.value("uri", "") != "note://dropped") {
            next();
        }
    }));
    Filter both;
    both.uris = {"note://kept", "note://dropped"};
    Listening listening = client.listen(both);
    server.resource_updated("note://dropped").resource_updated("note://kept");
    CHECK_EQUAL(listening.next().value().uri, "note://kept");
}

void layers_run_beside_handlers() {
    Server server("demo");
    server.workers(1);
    std::promise<void> begun;
    std::promise<void> let_go;
    auto may_go = let_go.get_future().share();
    server.tool("hold", "", anything, [&] {
        begun.set_value();
        may_go.wait();
        return 1;
    });
    std::atomic<int> seen{0};
    server.layer([&](const Message& message, Next& next) {
        seen += message.method == "tools/list" ? 1 : 0;
        next();
    });
    Client client(server);
    // Every place for handlers is taken, and many calls wait in the layer for one.
    std::vector<std::future<int>> calls;
    calls.push_back(std::async(std::launch::async, [&] { return client.call("hold").as<int>(); }));
    begun.get_future().get();
    begun = std::promise<void>();
    client.list_tools();
    CHECK_EQUAL(seen.load(), 1);
    let_go.set_value();
    CHECK_EQUAL(calls.at(0).get(), 1);
}

void many_calls_pass_layers_at_once() {
    Server server("demo");
    add_offers(server);
    std::atomic<int> passed{0};
    server.layer([&](const Message& message, Next& next) {
        next(message);
        ++passed;
    });
    Client client(server, ClientOptions().with_layer([](const Message&, Next& next) { next(); }));
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string text = std::to_string(t) + "." + std::to_string(i);
                good += client.call("echo", {{"text", text}}).as<std::string>() == text ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK_EQUAL(good.load(), 200);
    CHECK(passed.load() >= 200);
}

struct Repeat {
    int times = 0;
};
[[maybe_unused]] void from_json(const Json& json, Repeat& repeat) {
    repeat.times = std::stoi(json.at("times").get<std::string>());
}

void handlers_refuse_by_name() {
    Server server("demo");
    add_offers(server);
    server.prompt<Repeat>("repeat", "", {{"times", "", true}}, [](const Repeat& repeat) {
        std::string text;
        for (int i = 0; i < repeat.times; ++i) {
            text += "again ";
        }
        return text;
    });
    server.tool("refuse", "", anything, [] { throw DovetailError("forbidden", "the model may see this"); });
    for (const char* revision : {"auto", "2025-11-25"}) {
        Client client(server, ClientOptions().with_revision(revision));
        CHECK_EQUAL(client.read_resource("note://people/ada").text(), "note for ada");
        CHECK_EQUAL(error_of([&] { client.read_resource("note://people/nobody"); }).name(), "unknown_resource");
        CHECK_EQUAL(error_of([&] { client.read_resource("note://people/secret"); }).name(), "forbidden");
        const DovetailError broken = error_of([&] { client.read_resource("note://people/broken"); });
        CHECK(std::string(broken.what()).find("1234") == std::string::npos);
        CHECK_EQUAL(client.get_prompt("repeat", {{"times", "2"}}).messages.at(0).content.as_text(), "again again ");
        CHECK_EQUAL(error_of([&] { client.get_prompt("repeat", {{"times", "two"}}); }).name(), "invalid_params");
        CHECK_EQUAL(error_of([&] { client.call("refuse"); }).name(), "tool_error");
    }
    CHECK_EQUAL(DovetailError("forbidden", "no").code(), DOVETAIL_ERROR_FORBIDDEN);
    CHECK_EQUAL(DovetailError("no such name", "no").code(), DOVETAIL_ERROR_INTERNAL);
}

} // namespace

int main() {
    return tests::run({
        {"layers stand around each other", layers_stand_around_each_other},
        {"a layer changes, answers and refuses", a_layer_changes_answers_and_refuses},
        {"a layer without a result passes on what it came to", a_layer_without_a_result_passes_on_what_it_came_to},
        {"notifications may be dropped", notifications_may_be_dropped},
        {"layers run beside handlers", layers_run_beside_handlers},
        {"many calls pass layers at once", many_calls_pass_layers_at_once},
        {"handlers refuse by name", handlers_refuse_by_name},
    });
}
