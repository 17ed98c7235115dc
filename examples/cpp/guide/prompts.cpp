// Prompts: messages that a user picks by name and fills in.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    Server server("greeter");
    server.prompt("greet", "Greet somebody", {{"name", "Whom to greet", true}},
                  [](const Json& in) { return "Greet " + in.at("name").get<std::string>() + "."; });

    Client client(server);
    for (const Prompt& prompt : client.list_prompts()) {
        std::cout << prompt.name << ": " << prompt.description << "\n";
    }
    for (const PromptMessage& message : client.get_prompt("greet", {{"name", "Ada"}}).messages) {
        std::cout << message.role << ": " << message.content.as_text() << "\n";
    }
}
