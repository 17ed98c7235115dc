// Clients of several servers on the C++ surface.
#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "dovetail.hpp"
#include "errors.hpp"

using namespace dovetail;
using tests::anything;
using tests::error_of;

namespace {

/// A server with a tool of its own and one that every server has.
std::unique_ptr<Server> named(const std::string& name) {
    auto server = std::make_unique<Server>(name);
    server->tool("of_" + name, "", anything, [name] { return name; });
    server->tool("same", "", anything, [name] { return "the same of " + name; });
    server->resource("note://" + name, name, [name] { return "note of " + name; });
    server->prompt("same", "", {}, [name] { return "prompt of " + name; });
    return server;
}

void a_group_offers_what_its_members_offer() {
    const auto a = named("a");
    const auto b = named("b");
    Client client = Client::group({{"first", *a}, {"second", *b}});
    std::string names;
    for (const Tool& tool : client.list_tools()) {
        names += tool.server + "." + tool.name + " ";
    }
    CHECK_EQUAL(names, "first.of_a first.first_same second.of_b second.second_same ");
    CHECK_EQUAL(client.call("of_a").as<std::string>(), "a");
    CHECK_EQUAL(client.call("second_same").as<std::string>(), "the same of b");
    CHECK_EQUAL(client.call("same", Json::object(), CallOptions().with_server("first")).as<std::string>(),
                "the same of a");
    CHECK_EQUAL(error_of([&] { client.call("same"); }).name(), "unknown_tool");
    CHECK_EQUAL(client.read_resource("note://b").text(), "note of b");
    CHECK_EQUAL(client.get_prompt("first_same").messages.at(0).content.as_text(), "prompt of a");
    CHECK_EQUAL(client.list_resources().at(1).server, "second");
    CHECK_EQUAL(client.server_info().raw.at("servers").at("second").at("info").at("name"), "b");
    client.ping();
}

void a_group_listens_to_all_its_members() {
    const auto a = named("a");
    const auto b = named("b");
    Client client = Client::group({{"first", *a}, {"second", *b}});
    Filter filter;
    filter.uris = {"note://a", "note://b"};
    Listening listening = client.listen(filter);
    b->resource_updated("note://b");
    CHECK_EQUAL(listening.next().value().uri, "note://b");
    a->resource_updated("note://a");
    CHECK_EQUAL(listening.next().value().uri, "note://a");
}

void a_group_needs_all_its_members() {
    const auto a = named("a");
    const Command gone("/does/not/exist");
    error_of([&] { Client client = Client::group({{"first", *a}, {"second", gone}}); });
    CHECK_EQUAL(error_of([&] { Client client = Client::group({{"first", "file:///a"}}); }).name(), "invalid_argument");
}

void limits_of_a_client_are_set_by_name() {
    const auto a = named("a");
    a->page_size(1);
    Client client(*a, ClientOptions().with_limits({{"pages", 1}}));
    CHECK_EQUAL(error_of([&] { client.list_tools(); }).name(), "limit_exceeded");
    CHECK_EQUAL(error_of([&] { Client other(*a, ClientOptions().with_limits({{"sessions", 1}})); }).name(),
                "invalid_argument");
}

} // namespace

int main() {
    return tests::run({
        {"a group offers what its members offer", a_group_offers_what_its_members_offer},
        {"a group listens to all its members", a_group_listens_to_all_its_members},
        {"a group needs all its members", a_group_needs_all_its_members},
        {"limits of a client are set by name", limits_of_a_client_are_set_by_name},
    });
}
