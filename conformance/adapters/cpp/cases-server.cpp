// The server under test of the shared cases, on the C++ surface: `cases-server (--stdio | --http HOST:PORT)
// [--options JSON]`.
#include <cstdio>
#include <string>
#include <vector>

#include "cases/fixture.hpp"

using dovetail::Http;
using dovetail::Json;

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const bool http = words.size() >= 2 && words[0] == "--http";
    const std::size_t used = http ? 2 : 1;
    const bool optioned = words.size() == used + 2 && words[used] == "--options";
    if (words.empty() || (!http && words[0] != "--stdio") || (words.size() != used && !optioned)) {
        std::fprintf(stderr, "usage: cases-server (--stdio | --http HOST:PORT) [--options JSON]\n");
        return 2;
    }
    Json options;
    try {
        options = optioned ? Json::parse(words[used + 1]) : Json::object();
    } catch (const Json::exception& error) {
        std::fprintf(stderr, "--options: %s\n", error.what());
        return 2;
    }
    try {
        cases::Fixture fixture(options);
        if (http) {
            fixture.server.serve(
                Http(words[1]).with_sse(options.value("sse", false)).with_ready([](const std::string& url) {
                    std::fprintf(stderr, "listening on %s\n", url.c_str());
                }));
        } else {
            fixture.server.serve_stdio();
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
