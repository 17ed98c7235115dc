// Progress and cancellation: how far a call is, and how it is taken back.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    const Json nothing = {{"type", "object"}};
    Server server("worker");
    server.tool("count", "Count to three", nothing, [](const Json&, Context& context) {
        for (int i = 1; i <= 3; ++i) {
            context.progress(i, 3);
        }
        return "done";
    });
    server.tool("wait", "Wait until nobody wants the result", nothing, [](const Json&, Context& context) {
        context.progress(1);
        context.wait_cancelled();
    });

    Client client(server);
    const auto show = [](const Progress& step) { std::cout << step.value << " of " << step.total.value() << "\n"; };
    std::cout << client.call("count", Json::object(), CallOptions().with_progress(show)).as<std::string>() << "\n";

    const CancelToken token;
    const auto give_up = [&token](const Progress&) { token.cancel(); };
    try {
        client.call("wait", Json::object(), CallOptions().with_progress(give_up).with_cancel(token));
    } catch (const DovetailError& error) {
        std::cout << error.name() << "\n";
    }
}
