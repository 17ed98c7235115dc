// Elicitation: a handler asks the user behind the call. It may run again from its start when the answer comes.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    const Json form = {{"type", "object"}, {"properties", {{"date", {{"type", "string"}}}}}, {"required", {"date"}}};
    Server server("hotel");
    server.tool("book", "Book a room", {{"type", "object"}}, [form](const Json&, Context& context) -> std::string {
        const Elicitation answer = context.elicit("Which day?", form);
        return answer.accepted() ? "booked for " + answer.content.at("date").get<std::string>() : "not booked";
    });

    Client guest(server, ClientOptions().with_elicit([](const Question& question) {
        std::cout << "asked: " << question.message << "\n";
        return Elicitation::accept({{"date", "2026-12-01"}});
    }));
    std::cout << guest.call("book").as<std::string>() << "\n";

    Client other(server, ClientOptions().with_elicit([](const Question&) { return Elicitation::decline(); }));
    std::cout << other.call("book").as<std::string>() << "\n";
}
