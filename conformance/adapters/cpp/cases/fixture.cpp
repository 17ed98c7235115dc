#include "fixture.hpp"

#include <chrono>
#include <stdexcept>
#include <vector>

using dovetail::Action;
using dovetail::Answers;
using dovetail::Ask;
using dovetail::Context;
using dovetail::DovetailError;
using dovetail::Elicitation;
using dovetail::Json;
using dovetail::Part;
using dovetail::ToolOptions;

namespace cases {
namespace {

const Json nothing = {{"type", "object"}, {"properties", Json::object()}};

/// A schema with required properties of one type.
Json object_of(const std::vector<std::string>& names, const char* type) {
    Json schema = {{"type", "object"}, {"required", names}};
    for (const std::string& name : names) {
        schema["properties"][name] = {{"type", type}};
    }
    return schema;
}

std::string text_of(const Json& in, const char* name) { return in.at(name).get<std::string>(); }

Elicitation ask(Context& context, const std::string& message, const char* field) {
    return context.elicit(message, object_of({field}, "string"));
}

} // namespace

Counters& counters() {
    static Counters counters;
    return counters;
}

bool Door::wait(uint64_t since, const Context& context) {
    bool cancelled = false;
    const dovetail::CancelToken::Subscription told(context.cancel_token(), [&] {
        const std::lock_guard<std::mutex> lock(mutex_);
        cancelled = true;
        changed_.notify_all();
    });
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return cancelled || opened_ != since; });
    return opened_ != since;
}

Fixture::Fixture(const Json& options) : server("cases", "1.0.0", "Cases.") {
    configure(options);
    add_plain_tools();
    add_asking_tools();
    add_changing_tools();
    if (options.value("extra", false)) {
        add_extra();
    }
    add_resources();
    add_prompts();
}

Fixture::~Fixture() {
    if (closing_.joinable()) {
        closing_.join();
    }
    server.close(std::chrono::milliseconds(0));
}

void Fixture::configure(const Json& options) {
    // Handlers that wait hold a thread each.
    server.workers(64).cache(dovetail::Cacheable::tools, std::chrono::minutes(1), dovetail::CacheScope::anybody);
    if (options.contains("stateKeys")) {
        server.state_keys(text_of(options, "stateKeys"));
    }
    if (options.contains("pageSize")) {
        server.page_size(options["pageSize"].get<std::size_t>());
    }
    if (options.contains("callTimeoutMs")) {
        server.call_timeout(std::chrono::milliseconds(options["callTimeoutMs"].get<int64_t>()));
    }
    if (options.contains("limits")) {
        server.limits(options["limits"].get<std::map<std::string, uint64_t>>());
    }
    server.resumable(options.value("resumable", false));
    if (options.value("layers", false)) {
        for (dovetail::Layer& layer : both(journal_)) {
            server.layer(std::move(layer));
        }
    }
}

void Fixture::add_plain_tools() {
    server.tool("add", "Adds two integers", object_of({"a", "b"}, "integer"),
                [](const Json& in) { return in.at("a").get<int>() + in.at("b").get<int>(); });
    server.tool("fail", "Fails with a message", object_of({"message"}, "string"),
                [](const Json& in) { throw std::runtime_error(text_of(in, "message")); });
    server.tool("hold", "Waits for release", nothing, [this](const Json&, Context& context) {
        const uint64_t since = door_.now();
        context.progress(1);
        if (!door_.wait(since, context)) {
            counters().add("cancelled");
        }
        return "released";
    });
    server.tool("release", "Lets every hold go", nothing, [this] {
        door_.open();
        return "ok";
    });
    server.tool("count", "Tells a counter", object_of({"of"}, "string"),
                [](const Json& in) { return counters().of(text_of(in, "of")); });
    server.tool("journal", "Tells what the layers saw", nothing, [this] {
        std::string text;
        for (const std::string& entry : journal_.take()) {
            text += (text.empty() ? "" : "; ") + entry;
        }
        return text;
    });
}

void Fixture::add_asking_tools() {
    server.tool("book", "Asks for a day", nothing, [](const Json&, Context& context) {
        const Elicitation answer = ask(context, "Which day?", "day");
        return answer.accepted()                   ? "booked " + text_of(answer.content, "day")
               : answer.action == Action::decline ? std::string("declined")
                                                  : std::string("cancelled");
    });
    server.tool("pay", "Charges, then confirms", nothing, [](const Json&, Context& context) {
        const std::string receipt =
            context.step("charge", [] { return "receipt " + std::to_string(counters().add("charged")); });
        if (!context.confirm("Pay?")) {
            return "kept " + receipt;
        }
        counters().add("paid");
        return "paid " + receipt;
    });
    server.tool("trip", "Asks twice, reserves between", nothing, [](const Json&, Context& context) -> std::string {
        const Elicitation from = ask(context, "From?", "place");
        context.step("reserve", [] {
            counters().add("reserved");
            return true;
        });
        const Elicitation to = ask(context, "To?", "place");
        return from.accepted() && to.accepted() ? text_of(from.content, "place") + " to " + text_of(to.content, "place")
                                                : "no trip";
    });
    server.tool("moody", "Changes its question", nothing, [](const Json&, Context& context) {
        const std::string message = counters().add("moody") == 1 ? "First?" : "Second?";
        const Elicitation answer = ask(context, message, "answer");
        return answer.accepted() ? message + " " + text_of(answer.content, "answer") : "declined";
    });
    server.tool("stubborn", "Swallows the end of its run", nothing, [](const Json&, Context& context) -> std::string {
        try {
            const Elicitation answer = ask(context, "Sure?", "answer");
            return answer.accepted() ? "answered " + text_of(answer.content, "answer") : "declined";
        } catch (...) {
            try {
                context.step("after", [] { return counters().add("after"); });
            } catch (...) {
                // Everything, on purpose.
            }
            return "swallowed";
        }
    });
    server.tool("both", "Asks two questions at once", nothing, [](const Json&, Context& context) -> std::string {
        const Json form = object_of({"answer"}, "string");
        const Answers answers = context.ask({{"name", Ask::form("Name?", form)}, {"sure", Ask::form("Really?", form)}});
        const Elicitation name = answers.form("name");
        const Elicitation sure = answers.form("sure");
        return name.accepted() && sure.accepted()
                   ? text_of(name.content, "answer") + " " + text_of(sure.content, "answer")
                   : "declined";
    });
    server.tool(
        "wipe", "Wipes once", nothing,
        [](const Json&, Context& context) -> std::string {
            if (!context.confirm("Wipe?")) {
                return "kept";
            }
            return "wiped " + std::to_string(counters().add("wiped"));
        },
        ToolOptions().with_once());
    server.tool("order", "Orders something", object_of({"item"}, "string"), [](const Json& in, Context& context) {
        const std::string item = text_of(in, "item");
        return context.confirm("Order " + item + "?") ? "ordered " + item : std::string("kept");
    });
}

void Fixture::add_changing_tools() {
    server.tool("grow", "Adds the tool extra", nothing, [this] {
        add_extra();
        return "ok";
    });
    server.tool("shrink", "Removes the tool extra", nothing, [this] {
        server.remove(Part::tools, "extra");
        return "ok";
    });
    server.tool("touch", "Says that a resource has changed", object_of({"uri"}, "string"), [this](const Json& in) {
        server.resource_updated(text_of(in, "uri"));
        return "ok";
    });
    server.tool("quit", "Closes the server", nothing, [this] {
        closing_ = std::thread([this] { server.close(std::chrono::seconds(1)); });
        return "ok";
    });
}

void Fixture::add_extra() {
    server.tool("extra", "Comes and goes", nothing, [] { return "extra"; });
}

void Fixture::add_resources() {
    server.resource("note://welcome", "welcome", [] { return std::string("Hello"); });
    server.resource("note://asking", "asking", [](const std::string&, Context& context) {
        return std::string(context.confirm("Read it?") ? "read" : "not read");
    });
    server.resource_template("note://people/{name}", "people", [](const Json& in) {
        const std::string name = text_of(in, "name");
        if (name == "nobody") {
            throw DovetailError("unknown_resource", "there is no such person");
        }
        if (name == "secret") {
            throw DovetailError("forbidden", "this note is not for you");
        }
        return "note for " + name;
    });
}

void Fixture::add_prompts() {
    server.prompt("greet", "Greets somebody", {{"name", "Whom", true}},
                  [](const Json& in) { return "Greet " + text_of(in, "name") + "."; });
    server.prompt("repeat", "Says it again", {{"times", "How often", true}}, [](const Json& in) {
        const std::string times = text_of(in, "times");
        if (times.empty() || times.find_first_not_of("0123456789") != std::string::npos) {
            throw DovetailError("invalid_params", "times is not an integer");
        }
        std::string text;
        for (int left = std::stoi(times); left > 0; --left) {
            text += text.empty() ? "again" : " again";
        }
        return text;
    });
    server.prompt("careful", "Confirms first", {}, [](const Json&, Context& context) {
        return std::string(context.confirm("Go on?") ? "Going on." : "Stopping.");
    });
}

} // namespace cases
