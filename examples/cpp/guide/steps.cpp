// Steps: what must happen once although the handler runs again for an answer.
#include <atomic>
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    std::atomic<int> charges{0};
    Server server("shop");
    server.tool("pay", "Charge and confirm", {{"type", "object"}}, [&charges](const Json&, Context& context) {
        const int receipt = context.step("charge", [&charges] { return ++charges; });
        return context.confirm("Keep receipt " + std::to_string(receipt) + "?") ? "paid" : "refunded";
    });

    Client client(server, ClientOptions().with_elicit([](const Question& question) {
        return Elicitation::accept(question.defaults());
    }));
    client.call("pay");
    std::cout << "charged " << charges << " time\n";
}
