// Sampling and roots: a handler asks the client's model, and which folders it may work in.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    const Json nothing = {{"type", "object"}};
    Server server("reader");
    server.tool("summarize", "Summarize a text", nothing, [](const Json&, Context& context) {
        return context.sample(SampleRequest("Summarize: a long text", 100)).as_text();
    });
    server.tool("where", "The first folder", nothing,
                [](const Json&, Context& context) { return context.list_roots().at(0).uri; });

    Client client(server, ClientOptions()
                              .with_sample([](const SampleRequest&) { return SampleResult::text("model", "short"); })
                              .with_roots(std::vector<Root>{{"file:///project", "project"}}));
    std::cout << client.call("summarize").as<std::string>() << "\n";
    std::cout << client.call("where").as<std::string>() << "\n";
}
