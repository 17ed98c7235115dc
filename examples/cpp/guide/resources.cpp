// Resources: what a model may read, one by one or as a family under a URI template.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    Server server("notes");
    server.resource("note://welcome", "welcome", [] { return std::string("Hello"); });
    server.resource_template("note://people/{name}", "people",
                             [](const Json& in) { return "note for " + in.at("name").get<std::string>(); });

    Client client(server);
    for (const Resource& resource : client.list_resources()) {
        std::cout << resource.uri << "\n";
    }
    std::cout << client.read_resource("note://welcome").text() << "\n";
    std::cout << client.read_resource("note://people/ada").text() << "\n";
    try {
        client.read_resource("file:///nothing");
    } catch (const DovetailError& error) {
        std::cout << "refused: " << error.name() << "\n";
    }
}
