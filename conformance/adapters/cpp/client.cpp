// The client of the shared tests, on the C++ surface. Runs one scenario and prints one JSON line with what it saw:
// `client [--revision R] [--answer yes|no|none] SCENARIO (URL | -- command arguments…)`.
#include <cstdio>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dovetail.hpp"

using dovetail::CallOptions;
using dovetail::CancelToken;
using dovetail::Client;
using dovetail::ClientOptions;
using dovetail::DovetailError;
using dovetail::Elicitation;
using dovetail::Json;
using dovetail::Progress;
using dovetail::Question;

namespace {

struct Usage {};

struct Arguments {
    std::string revision = "auto";
    std::string answer = "yes";
    std::string scenario;
    /// A URL, or a program and its arguments.
    std::vector<std::string> target;
    bool command = false;
};

Arguments parse(const std::vector<std::string>& words) {
    Arguments arguments;
    std::size_t at = 0;
    while (at + 1 < words.size() && (words[at] == "--revision" || words[at] == "--answer")) {
        (words[at] == "--revision" ? arguments.revision : arguments.answer) = words[at + 1];
        at += 2;
    }
    if (at + 1 >= words.size()) {
        throw Usage();
    }
    arguments.scenario = words[at++];
    arguments.command = words[at] == "--";
    at += arguments.command ? 1 : 0;
    arguments.target.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    const std::string& answer = arguments.answer;
    if (arguments.target.empty() || (!arguments.command && arguments.target.size() != 1) ||
        (answer != "yes" && answer != "no" && answer != "none")) {
        throw Usage();
    }
    return arguments;
}

/// The messages that the user was shown.
class Questions {
public:
    void add(const std::string& message) {
        const std::lock_guard<std::mutex> lock(mutex_);
        seen_.push_back(message);
    }
    Json seen() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return seen_;
    }

private:
    std::mutex mutex_;
    Json seen_ = Json::array();
};

std::unique_ptr<Client> connect(const Arguments& arguments, Questions& questions) {
    ClientOptions options;
    options.with_name("adapter-cpp").with_version("1.0.0").with_revision(arguments.revision);
    if (arguments.answer != "none") {
        options.with_elicit([&questions, yes = arguments.answer == "yes"](const Question& question) {
            questions.add(question.message);
            return yes ? Elicitation::accept({{"answer", "yes"}}) : Elicitation::decline();
        });
    }
    if (!arguments.command) {
        return std::make_unique<Client>(arguments.target.front(), options);
    }
    const std::vector<std::string> rest(arguments.target.begin() + 1, arguments.target.end());
    return std::make_unique<Client>(dovetail::Command(arguments.target.front(), rest), options);
}

Json described(const DovetailError& error) { return {{"name", error.name()}, {"detail", error.detail()}}; }

/// The error of a call that must fail; null when it does not.
Json failure(Client& client, const std::string& tool, const Json& arguments = Json::object()) {
    try {
        client.call(tool, arguments);
        return Json();
    } catch (const DovetailError& error) {
        return described(error);
    }
}

Json cancel(Client& client) {
    const CancelToken token;
    // The handler reports progress as its first act: from then on cancelling must reach it.
    const auto cancel = [&token](const dovetail::Progress&) { token.cancel(); };
    auto waiting = std::async(std::launch::async, [&]() -> std::string {
        try {
            client.call("wait", Json::object(), CallOptions().with_cancel(token).with_progress(cancel));
            return "none";
        } catch (const DovetailError& error) {
            return error.name();
        }
    });
    const std::string code = waiting.get();
    for (int tries = 0; tries < 50; ++tries) {
        if (client.call("cancelled").as<int>() >= 1) {
            return {{"code", code}, {"observed", true}};
        }
    }
    return {{"code", code}, {"observed", false}};
}

Json cell(Client& client) {
    Json seen = {{"revision", client.server_info().revision}};
    Json progress = Json::array();
    const auto options =
        CallOptions().with_progress([&progress](const Progress& step) { progress.push_back(step.value); });
    seen["count"] = client.call("count", {{"to", 3}}, options).data;
    seen["progress"] = progress;
    seen["add"] = client.call("add", {{"a", 2}, {"b", 3}}).data;
    seen["echo"] = client.call("echo", {{"text", "ä\"\\n€"}}).data;
    seen["cancel"] = cancel(client);
    seen["elicit"] = client.call("ask", {{"what", "continue?"}}).data;
    seen["error"] = failure(client, "fail");
    seen["unknown"] = failure(client, "nope");
    seen["invalid"] = failure(client, "add", {{"a", "x"}, {"b", 1}});
    return seen;
}

Json asking(Client& client, const std::string& tool, Questions& questions) {
    Json seen;
    try {
        const Json arguments = tool == "stubborn" ? Json{{"what", "really?"}} : Json::object();
        seen["result"] = client.call(tool, arguments).data;
    } catch (const DovetailError& error) {
        seen["error"] = described(error);
    }
    seen["questions"] = questions.seen();
    return seen;
}

Json run(const Arguments& arguments) {
    const std::string& scenario = arguments.scenario;
    const bool asks = scenario == "stubborn" || scenario == "changing" || scenario == "declared";
    if (scenario != "cell" && !asks) {
        throw Usage();
    }
    Questions questions;
    const auto client = connect(arguments, questions);
    return asks ? asking(*client, scenario, questions) : cell(*client);
}

} // namespace

int main(int argc, char** argv) {
    Json seen;
    try {
        seen = run(parse(std::vector<std::string>(argv + 1, argv + argc)));
    } catch (const Usage&) {
        std::fprintf(stderr, "usage: client [--revision auto|DATE] [--answer yes|no|none] "
                             "cell|stubborn|changing|declared (URL | -- command arguments…)\n");
        return 2;
    } catch (const DovetailError& error) {
        seen = {{"error", described(error)}};
    }
    std::printf("%s\n", seen.dump().c_str());
    return 0;
}
