// The server that the official conformance suite runs against, on the C++ surface:
// `everything-server --stdio | --http HOST:PORT`.
#include <chrono>
#include <cstdio>
#include <cstring>

#include "everything/everything.hpp"

using dovetail::Cacheable;
using dovetail::CacheScope;

namespace {

constexpr std::chrono::minutes kept(5);

void configure(dovetail::Server& server) {
    // Handlers that wait hold a thread each.
    server.workers(32).resumable();
    for (const Cacheable list : {Cacheable::discover, Cacheable::tools, Cacheable::prompts, Cacheable::resources,
                                 Cacheable::resource_templates}) {
        server.cache(list, kept, CacheScope::anybody);
    }
    server.cache(Cacheable::reads, kept, CacheScope::asker);
    everything::add_content(server);
    everything::add_reporting(server);
    everything::add_asking(server);
    everything::add_rounds(server);
    everything::add_resources(server);
}

} // namespace

int main(int argc, char** argv) {
    const bool http = argc == 3 && std::strcmp(argv[1], "--http") == 0;
    if (!http && !(argc == 2 && std::strcmp(argv[1], "--stdio") == 0)) {
        std::fprintf(stderr, "usage: everything-server --stdio | --http HOST:PORT\n");
        return 2;
    }
    try {
        dovetail::Server server("conformance-everything", "1.0.0", "Fixtures of the official conformance suite.");
        configure(server);
        if (http) {
            server.serve(dovetail::Http(argv[2]).with_ready(
                [](const std::string& url) { std::fprintf(stderr, "listening on %s\n", url.c_str()); }));
        } else {
            server.serve_stdio();
        }
        return 0;
    } catch (const dovetail::DovetailError& error) {
        std::fprintf(stderr, "error: %s: %s\n", error.name().c_str(), error.detail().c_str());
        return 1;
    }
}
