// Revisions: both sides agree on the newest that they share; one of them may be pinned.
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    Server server("demo");
    server.tool("ping", "Answer", {{"type", "object"}}, [] { return "pong"; });

    Client newest(server);
    std::cout << newest.server_info().revision << "\n";

    Client pinned(server, ClientOptions().with_revision("2025-11-25"));
    std::cout << pinned.server_info().revision << "\n";
}
