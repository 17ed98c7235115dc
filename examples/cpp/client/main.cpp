// A client of the weather and the remove server: `client URL` or `client -- command arguments…`.
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "dovetail.hpp"

using dovetail::CallOptions;
using dovetail::Client;
using dovetail::ClientOptions;
using dovetail::Elicitation;
using dovetail::Json;
using dovetail::Progress;
using dovetail::Question;

static std::unique_ptr<Client> connect(int argc, char** argv) {
    const auto options = ClientOptions().with_name("client").with_elicit([](const Question& question) {
        std::printf("question: %s yes\n", question.message.c_str());
        // The form of a yes-or-no question has one property; its name is the server's choice.
        Json content = Json::object();
        const Json properties = question.schema.value("properties", Json::object());
        for (const auto& property : properties.items()) {
            content[property.key()] = true;
        }
        return Elicitation::accept(content);
    });
    if (std::strcmp(argv[1], "--") == 0) {
        return std::make_unique<Client>(
            dovetail::Command(argv[2], std::vector<std::string>(argv + 3, argv + argc)), options);
    }
    return std::make_unique<Client>(std::string(argv[1]), options);
}

static void weather(Client& client) {
    const auto options = CallOptions().with_progress([](const Progress& step) {
        std::printf("progress: %g of %g, %s\n", step.value, step.total.value_or(0), step.message.c_str());
    });
    const auto result = client.call("weather", {{"city", "Oslo"}, {"days", 3}}, options);
    for (const Json& day : result.data.at("days")) {
        std::printf("day %d: %d to %d, %s\n", day.at("day").get<int>(), day.at("low").get<int>(),
                    day.at("high").get<int>(), day.at("sky").get<std::string>().c_str());
    }
}

int main(int argc, char** argv) {
    if (argc < 2 || (std::strcmp(argv[1], "--") == 0 ? argc < 3 : argc != 2)) {
        std::fprintf(stderr, "usage: client URL | client -- command arguments…\n");
        return 2;
    }
    try {
        const auto client = connect(argc, argv);
        for (const dovetail::Tool& tool : client->list_tools()) {
            std::printf("tool: %s, %s\n", tool.name.c_str(), tool.description.c_str());
            if (tool.name == "weather") {
                weather(*client);
            } else if (tool.name == "remove") {
                std::printf("%s\n", client->call("remove", {{"path", "a.txt"}}).as<std::string>().c_str());
            }
        }
        return 0;
    } catch (const dovetail::DovetailError& error) {
        std::fprintf(stderr, "error: %s: %s\n", error.name().c_str(), error.detail().c_str());
        return 1;
    }
}
