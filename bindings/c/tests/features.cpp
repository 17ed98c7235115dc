// Resources, prompts, completions, questions, steps, news and logs of the C++ surface: in memory and over HTTP, on the
// newest revision and on one with sessions.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
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

const Json form = {{"type", "object"}, {"properties", {{"answer", {{"type", "string"}, {"default", "so"}}}}}};

struct Note {
    std::string id;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Note, id)

std::atomic<int> step_runs{0};

/// Tries until it is so, for ten seconds at most.
template <class Condition> bool soon(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) {
            return true;
        }
        std::this_thread::yield();
    }
    return false;
}

void add_offers(Server& server) {
    server.resource(
        "notes://all", "All notes", [] { return std::string("milk"); },
        ResourceOptions().with_description("Every note").with_mime_type("text/plain").with_title("Notes"));
    server.resource("notes://picture", "Picture", [](const std::string&) { return Bytes{0, 1, 254, 255}; });
    server.resource_template<Note>(
        "notes://by/{id}", "One note",
        [](const Note& note) { return Contents::of_text("note " + note.id, "text/markdown"); },
        ResourceOptions().with_completer("id", [](const Completing& completing) {
            return std::vector<std::string>{completing.value + "1", completing.value + "2"};
        }));
    server.prompt(
        "greet", "Greets", {{"who", "Whom", true}, {"style", "How", false}},
        [](const Json& in) { return "Hello " + in.at("who").get<std::string>(); },
        PromptOptions().with_completer("who", [](const Completing& completing) {
            const auto style = completing.context.find("style");
            const std::string end = style == completing.context.end() ? "" : style->second;
            return std::vector<std::string>{completing.value + end};
        }));
    server.prompt("talk", "Talks", {}, [] {
        return std::vector<PromptMessage>{PromptMessage::user("hi"), PromptMessage::assistant(Content::text("ho"))};
    });
    server.tool("rich", "Everything at once", anything, [] {
        return ToolResult({Content::text("a"), Content::image({1}, "image/png"), Content::audio({2}, "audio/wav"),
                           Content::resource(Contents::of_text("r", "text/plain", "notes://all")),
                           Content::link("notes://all", "All notes")})
            .with_structured({{"n", 1}});
    });
    server.tool(
        "sorry", "Fails politely", anything, [] { return ToolResult::error("no"); },
        ToolOptions().with_title("Sorry").with_annotations({{"readOnlyHint", true}}));
}

void add_questions(Server& server) {
    server.tool("visit", "Asks to open a page", anything, [](const Json&, Context& context) {
        return context.elicit_url("look", "https://example.org/") == Action::accept;
    });
    server.tool("think", "Asks the model", anything, [](const Json&, Context& context) {
        return context.sample(SampleRequest("why?", 10).with_system_prompt("be brief")).as_text();
    });
    server.tool("folders", "Asks for roots", anything,
                [](const Json&, Context& context) { return context.list_roots().at(0).uri; });
    server.tool("several", "Asks for all at once", anything, [](const Json&, Context& context) {
        const Answers answers = context.ask({{"form", Ask::form("what?", form)},
                                             {"page", Ask::url("look", "https://example.org/")},
                                             {"model", Ask::sample(SampleRequest("why?", 10))},
                                             {"folders", Ask::roots()}});
        return answers.form("form").content.at("answer").get<std::string>() + " " +
               (answers.url("page") == Action::accept ? "yes" : "no") + " " + answers.sample("model").as_text() + " " +
               answers.roots("folders").at(0).name;
    });
    server.tool("stepped", "Does a step once", anything, [](const Json&, Context& context) {
        const int made = context.step("make", [] { return ++step_runs; });
        context.elicit("go on?", form);
        return made;
    });
    server.tool("noisy", "Logs", anything, [](const Json&, Context& context) {
        context.log(LogLevel::debug, "quiet");
        context.log(LogLevel::warning, {{"n", 1}}, "tests");
    });
}

std::unique_ptr<Server> demo() {
    auto server = std::make_unique<Server>("demo");
    server->workers(8).page_size(2).cache(Cacheable::tools, std::chrono::seconds(1), CacheScope::anybody);
    add_offers(*server);
    add_questions(*server);
    return server;
}

/// A served server and clients of it: in memory when `http` is not set, of one revision.
class World {
public:
    World(bool http, std::string revision) : server(demo()), revision_(std::move(revision)) {
        if (!http) {
            return;
        }
        std::promise<std::string> ready;
        auto url = ready.get_future();
        thread_ = std::thread([this, ready = std::move(ready)]() mutable {
            try {
                server->serve(Http("127.0.0.1:0").with_ready([&](const std::string& at) { ready.set_value(at); }));
            } catch (...) {
                ready.set_exception(std::current_exception());
            }
        });
        try {
            url_ = url.get();
        } catch (...) {
            thread_.join();
            throw;
        }
    }
    ~World() {
        server->close();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    std::unique_ptr<Client> client(ClientOptions options = {}) {
        options.with_revision(revision_);
        return url_.empty() ? std::make_unique<Client>(*server, options) : std::make_unique<Client>(url_, options);
    }

    std::unique_ptr<Server> server;

private:
    std::string revision_;
    std::string url_;
    std::thread thread_;
};

ClientOptions answering() {
    return ClientOptions()
        .with_elicit([](const Question& question) { return Elicitation::accept(question.defaults()); })
        .with_elicit_url([](const UrlQuestion& question) {
            return question.url == "https://example.org/" ? Action::accept : Action::decline;
        })
        .with_sample([](const SampleRequest& request) {
            const bool brief = request.params.value("systemPrompt", "") == "be brief";
            return SampleResult::text("model", brief ? "because" : "because it is so");
        })
        .with_roots(std::vector<Root>{{"file:///work", "work"}});
}

void resources(World& world) {
    const auto client = world.client();
    const auto listed = client->list_resources();
    CHECK_EQUAL(listed.size(), 2U);
    CHECK_EQUAL(listed.at(0).uri, "notes://all");
    CHECK_EQUAL(listed.at(0).description, "Every note");
    CHECK_EQUAL(listed.at(0).mime_type, "text/plain");
    CHECK_EQUAL(client->list_resource_templates().at(0).uri_template, "notes://by/{id}");
    const ReadResult text = client->read_resource("notes://all");
    CHECK_EQUAL(text.text(), "milk");
    CHECK_EQUAL(text.contents.at(0).mime_type, "text/plain");
    const ReadResult picture = client->read_resource("notes://picture");
    CHECK(picture.contents.at(0).bytes == (Bytes{0, 1, 254, 255}));
    CHECK_EQUAL(picture.contents.at(0).uri, "notes://picture");
    const ReadResult note = client->read_resource("notes://by/7", CallOptions().with_fresh());
    CHECK_EQUAL(note.text(), "note 7");
    CHECK_EQUAL(note.contents.at(0).mime_type, "text/markdown");
    CHECK_EQUAL(error_of([&] { client->read_resource("notes://none"); }).code(), DOVETAIL_ERROR_UNKNOWN_RESOURCE);
}

void prompts(World& world) {
    const auto client = world.client();
    const auto listed = client->list_prompts();
    CHECK_EQUAL(listed.size(), 2U);
    CHECK_EQUAL(listed.at(0).arguments.at(0).name, "who");
    CHECK(listed.at(0).arguments.at(0).required && !listed.at(0).arguments.at(1).required);
    const PromptResult greeting = client->get_prompt("greet", {{"who", "Ann"}});
    CHECK_EQUAL(greeting.messages.at(0).content.as_text(), "Hello Ann");
    CHECK_EQUAL(greeting.messages.at(0).role, "user");
    const PromptResult talk = client->get_prompt("talk");
    CHECK_EQUAL(talk.messages.at(1).role, "assistant");
    CHECK_EQUAL(talk.messages.at(1).content.as_text(), "ho");
    error_of([&] { client->get_prompt("none"); });
    error_of([&] { client->get_prompt("greet"); });
}

void completions(World& world) {
    const auto client = world.client();
    const Completion names = client->complete(Reference::prompt("greet"), "who", "A", {{"style", "!"}});
    CHECK_EQUAL(Json(names.values), Json::array({"A!"}));
    const Completion ids = client->complete(Reference::resource("notes://by/{id}"), "id", "4");
    CHECK_EQUAL(Json(ids.values), Json::array({"41", "42"}));
}

void whole_results(World& world) {
    const auto client = world.client();
    const CallResult rich = client->call("rich");
    std::string types;
    for (const Json& block : rich.content) {
        types += Content(block).type() + " ";
    }
    CHECK_EQUAL(types, "text image audio resource resource_link ");
    CHECK(Content(rich.content.at(1)).as_bytes() == Bytes{1});
    CHECK_EQUAL(rich.structured.at("n"), 1);
    const CallResult sorry = client->call_raw("sorry");
    CHECK(sorry.is_error);
    CHECK_EQUAL(sorry.content.at(0).at("text"), "no");
    CHECK_EQUAL(error_of([&] { client->call("sorry"); }).detail(), "no");
    client->ping();
}

void questions(World& world) {
    const auto client = world.client(answering());
    CHECK_EQUAL(client->call("visit").as<bool>(), true);
    CHECK_EQUAL(client->call("think").as<std::string>(), "because");
    CHECK_EQUAL(client->call("folders").as<std::string>(), "file:///work");
    CHECK_EQUAL(client->call("several").as<std::string>(), "so yes because it is so work");
    const auto mute = world.client();
    error_of([&] { mute->call("think"); });
    const auto failing = world.client(ClientOptions().with_sample(
        [](const SampleRequest&) -> SampleResult { throw std::runtime_error("no model"); }));
    error_of([&] { failing->call("think"); });
}

void steps(World& world) {
    const auto client = world.client(answering());
    const int before = step_runs.load();
    CHECK_EQUAL(client->call("stepped").as<int>(), before + 1);
    CHECK_EQUAL(step_runs.load(), before + 1);
}

void logs(World& world) {
    std::mutex mutex;
    std::vector<LogMessage> seen;
    const auto note = [&](const LogMessage& message) {
        const std::lock_guard<std::mutex> lock(mutex);
        seen.push_back(message);
    };
    const auto client = world.client(ClientOptions().with_log_level(LogLevel::warning).with_log(note));
    client->call("noisy");
    CHECK(soon([&] {
        const std::lock_guard<std::mutex> lock(mutex);
        return !seen.empty();
    }));
    const std::lock_guard<std::mutex> lock(mutex);
    CHECK(seen.at(0).level == LogLevel::warning);
    CHECK_EQUAL(seen.at(0).logger, "tests");
    CHECK_EQUAL(seen.at(0).data.at("n"), 1);
}

void changes(World& world) {
    const auto client = world.client();
    std::atomic<bool> tools{false};
    std::atomic<bool> watched{false};
    const CancelToken token;
    Filter filter = Filter::lists();
    filter.uris = {"notes://all"};
    auto listening = std::async(std::launch::async, [&] {
        client->listen(
            filter,
            [&](const Change& change) {
                tools = tools || (change.uri.empty() && change.list == Part::tools);
                watched = watched || change.uri == "notes://all";
            },
            CallOptions().with_cancel(token));
    });
    // Nothing says that the listening has begun, so the change is made until it is heard of.
    const auto cancel_at_end = std::shared_ptr<void>(nullptr, [&](void*) { token.cancel(); });
    CHECK(soon([&] {
        world.server->announce(Part::tools).resource_updated("notes://all");
        return listening.wait_for(std::chrono::milliseconds(10)) == std::future_status::ready || (tools && watched);
    }));
    token.cancel();
    listening.get();
    CHECK(tools && watched);
}

void a_server_changes_while_it_serves(World& world) {
    Server& server = *world.server;
    const auto client = world.client();
    const auto fresh = [&] {
        std::set<std::string> names;
        // A client of its own, because lists may be kept.
        for (const Tool& tool : world.client()->list_tools()) {
            names.insert(tool.name);
        }
        return names;
    };
    server.tool("late", "Came later", anything, [] { return 7; });
    CHECK_EQUAL(client->call("late").as<int>(), 7);
    CHECK_EQUAL(error_of([&] { server.tool("late", "", anything, [] { return 8; }); }).code(),
                DOVETAIL_ERROR_INVALID_ARGUMENT);
    CHECK_EQUAL(client->call("late").as<int>(), 7);
    server.disable(Part::tools, "late");
    CHECK_EQUAL(fresh().count("late"), 0U);
    server.enable(Part::tools, "late");
    CHECK_EQUAL(fresh().count("late"), 1U);
    server.remove(Part::tools, "late");
    error_of([&] { client->call("late"); });
    server.tool("late", "Came again", anything, [] { return 9; });
    CHECK_EQUAL(client->call("late").as<int>(), 9);
    server.remove(Part::tools, "late");
    server.resource("notes://late", "Late", [] { return std::string("late"); });
    CHECK_EQUAL(client->read_resource("notes://late").text(), "late");
    server.remove(Part::resources, "notes://late");
    server.prompt("late", "Late", {}, [] { return std::string("late"); });
    CHECK_EQUAL(client->get_prompt("late").messages.at(0).content.as_text(), "late");
    server.remove(Part::prompts, "late");
    error_of([&] { client->get_prompt("late"); });
}

void what_is_hidden_before_serving_stays_hidden() {
    Server server("demo");
    server.tool("one", "", anything, [] { return 1; }).tool("two", "", anything, [] { return 2; });
    server.disable(Part::tools, "one");
    Client client(server);
    CHECK_EQUAL(client.list_tools().size(), 1U);
    server.enable(Part::tools, "one");
    CHECK_EQUAL(client.call("one").as<int>(), 1);
    CHECK_EQUAL(error_of([&] { server.page_size(1); }).code(), DOVETAIL_ERROR_INVALID_STATE);
}

void bytes_survive_their_text() {
    for (std::size_t length = 0; length < 10; ++length) {
        Bytes bytes;
        for (std::size_t i = 0; i < length; ++i) {
            bytes.push_back(static_cast<uint8_t>(250 + i));
        }
        CHECK(detail::from_base64(detail::base64(bytes)) == bytes);
    }
    CHECK_EQUAL(detail::base64({'M', 'a'}), "TWE=");
}

/// Every feature on every transport and era.
tests::Tests all() {
    const std::vector<std::pair<const char*, void (*)(World&)>> features = {
        {"resources", resources},
        {"prompts", prompts},
        {"completions", completions},
        {"whole results", whole_results},
        {"questions", questions},
        {"steps", steps},
        {"logs", logs},
        {"changes", changes},
        {"a server changes while it serves", a_server_changes_while_it_serves},
    };
    tests::Tests all = {{"what is hidden before serving stays hidden", what_is_hidden_before_serving_stays_hidden},
                        {"bytes survive their text", bytes_survive_their_text}};
    for (const auto& feature : features) {
        const auto run = feature.second;
        for (const bool http : {false, true}) {
            for (const char* revision : {"auto", "2025-11-25"}) {
                all.emplace_back(feature.first, [=] {
                    try {
                        World world(http, revision);
                        run(world);
                    } catch (const std::exception& error) {
                        throw std::runtime_error(std::string(http ? "over HTTP, " : "in memory, ") + revision + ": " +
                                                 error.what());
                    }
                });
            }
        }
    }
    return all;
}

} // namespace

int main() { return tests::run(all()); }
