// Completion: values for an argument, as far as the user has typed it.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

static std::vector<std::string> languages(const Completing& typed) {
    std::vector<std::string> found;
    for (const std::string language : {"python", "pytorch", "rust"}) {
        if (language.compare(0, typed.value.size(), typed.value) == 0) {
            found.push_back(language);
        }
    }
    return found;
}

int main() {
    Server server("reviewer");
    server.prompt(
        "review", "Review code", {{"language", "The language of the code", true}},
        [](const Json& in) { return "Review this " + in.at("language").get<std::string>() + " code."; },
        PromptOptions().with_completer("language", languages));

    Client client(server);
    const char* between = "";
    for (const std::string& value : client.complete(Reference::prompt("review"), "language", "py").values) {
        std::cout << between << value;
        between = ", ";
    }
    std::cout << "\n";
}
