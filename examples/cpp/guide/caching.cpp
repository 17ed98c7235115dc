// Caching: a server says for how long its answers may be kept, and by whom; clients keep them by themselves.
#include <atomic>
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

int main() {
    std::atomic<int> asked{0};
    Server server("catalog");
    server.tool("search", "Search the catalog", {{"type", "object"}}, [] { return "found"; });
    server.cache(Cacheable::tools, std::chrono::minutes(1), CacheScope::anybody);
    const auto count = [&asked](const Message&, Next& next) {
        ++asked;
        next();
    };
    server.layer(count, {"tools/list"});

    Client client(server);
    client.list_tools();
    client.list_tools();
    std::cout << "asked the server " << asked << " time\n";
}
