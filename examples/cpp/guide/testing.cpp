// Testing: a server and a client in one process, without sockets.
#undef NDEBUG
#include <cassert>
#include <dovetail.hpp>
#include <iostream>

using namespace dovetail;

// The server that the program serves, and its tests use.
static void set_up(Server& server) {
    const Json schema = {{"type", "object"}, {"properties", {{"text", {{"type", "string"}}}}}, {"required", {"text"}}};
    server.tool("shout", "Say it louder", schema,
                [](const Json& in) { return in.at("text").get<std::string>() + "!"; });
}

static void it_shouts() {
    Server server("megaphone");
    set_up(server);
    Client client(server);
    assert(client.call("shout", {{"text", "hello"}}).as<std::string>() == "hello!");
    // `call_raw` gives a refusal back as a result.
    assert(client.call_raw("shout", {{"text", 1}}).is_error);
}

int main() {
    it_shouts();
    std::cout << "ok\n";
}
