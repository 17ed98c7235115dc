// A server that asks before it deletes (from a list in memory, not from the disk).
// Without arguments it serves standard input and output; `--http HOST:PORT` serves HTTP.
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

#include "dovetail.hpp"

using dovetail::Context;
using dovetail::Json;

int main(int argc, char** argv) {
    const Json input = Json::parse(R"({
        "type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]
    })");
    std::mutex mutex;
    std::set<std::string> files = {"a.txt", "b.txt", "c.txt"};

    const auto remove = [&](const Json& in, Context& context) -> std::string {
        const auto path = in["path"].get<std::string>();
        if (!context.confirm("Delete " + path + "?")) {
            return "kept " + path;
        }
        const std::lock_guard<std::mutex> lock(mutex);
        if (files.erase(path) == 0) {
            throw std::runtime_error("no such file: " + path);
        }
        return "deleted " + path;
    };

    try {
        dovetail::Server server("remove", "1.0.0");
        server.tool("remove", "Delete a file after asking", input, remove);
        if (argc == 3 && std::strcmp(argv[1], "--http") == 0) {
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
