// The package without nlohmann/json: its own JSON type, and a server and a client that use it.
#define DOVETAIL_OWN_JSON
#include <clocale>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "dovetail.hpp"
#include "payload.hpp"

#ifdef NLOHMANN_JSON_VERSION_MAJOR
#error "nlohmann/json was included although nobody asked for it"
#endif

namespace own {

struct Point {
    int x = 0;
    int y = 0;
};
void to_json(dovetail::Json& json, const Point& point) { json = {{"x", point.x}, {"y", point.y}}; }
void from_json(const dovetail::Json& json, Point& point) {
    point = {json.at("x").get<int>(), json.value("y", 7)};
}

} // namespace own

using dovetail::Json;

namespace {

template <class Call> bool refuses(Call call) {
    try {
        call();
    } catch (const Json::exception&) {
        return true;
    }
    return false;
}

void values_are_written_as_they_are_read() {
    for (const char* text :
         {"null", "true", "false", "0", "-1", "18446744073709551615", "-9223372036854775808", "0.5", "1e+300",
          "\"a\"", "[]", "{}", "[1,[2,{}],\"x\"]", R"({"a":1,"b":[null,true]})", R"("\"\\\n\u0001")"}) {
        CHECK_EQUAL(Json::parse(text).dump(), text);
    }
    CHECK_EQUAL(Json::parse(" [ 1 , 2.50 ] ").dump(), "[1,2.5]");
    CHECK_EQUAL(Json::parse(R"("\u00e4\ud83d\ude00\/")").get<std::string>(), "\xc3\xa4\xf0\x9f\x98\x80/");
    CHECK_EQUAL(Json(0.1).dump(), "0.1");
    CHECK_EQUAL(Json(3.0).dump(), "3.0");
    CHECK_EQUAL(Json(std::numeric_limits<double>::infinity()).dump(), "null");
    CHECK_EQUAL(Json::parse("123456789012345678901234567890").get<double>(), 123456789012345678901234567890.0);
}

void what_is_no_json_is_refused() {
    const std::string deep(100000, '[');
    for (const std::string& text :
         {std::string(), std::string("nul"), std::string("01"), std::string("1."), std::string("[1,]"),
          std::string("{\"a\"}"), std::string("{a:1}"), std::string("\"a"), std::string("\"\n\""),
          std::string("\"\\x\""), std::string("\"\\ud800\""), std::string("1 2"), std::string("- 1"),
          std::string("\"a\0\"", 4), deep}) {
        CHECK(refuses([&] { Json::parse(text); }));
    }
    for (const char* text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
        CHECK(refuses([&] { Json(text).dump(); }));
    }
    CHECK_EQUAL(dovetail::detail::lossy("a\xff"), "\"a\xEF\xBF\xBD\"");
    CHECK(dovetail::detail::lenient("nonsense").is_null());
}

void values_are_built_and_read() {
    const Json made = {{"list", {1, 2}}, {"names", {"a", "b"}}, {"one", {"a"}}, {"nested", {{"k", nullptr}}}};
    CHECK_EQUAL(made.dump(), R"({"list":[1,2],"names":["a","b"],"nested":{"k":null},"one":["a"]})");
    CHECK_EQUAL(made.at("list").get<std::vector<int>>().at(1), 2);
    CHECK_EQUAL(made["names"][1].get<std::string>(), "b");
    Json text("moved");
    CHECK_EQUAL(std::string(std::move(text.get_ref<std::string&>())), "moved");
    CHECK(refuses([] { Json(3).get_ref<std::string&>(); }));
    CHECK_EQUAL(made.value("none", 3), 3);
    CHECK_EQUAL(made.value("none", "text"), "text");
    CHECK(made.contains("one") && !made.contains("two"));
    CHECK(refuses([&] { made.at("two"); }));
    CHECK(refuses([&] { made.at("list").at(2); }));
    CHECK(refuses([&] { made.get<int>(); }));
    CHECK(refuses([&] { Json(1).get<std::string>(); }));
    CHECK(refuses([&] { Json(1)["a"] = 2; }));
    Json grown;
    grown["a"]["b"] = 1;
    grown["list"].push_back(std::pair<std::string, int>{"x", 1});
    CHECK_EQUAL(grown.dump(), R"({"a":{"b":1},"list":[["x",1]]})");
    const Json copy = grown;
    grown["a"]["b"] = 2;
    CHECK_EQUAL(copy.at("a").at("b"), 1);
    std::string keys;
    for (const auto& member : grown.items()) {
        keys += member.key() + (member.value().is_array() ? "[] " : " ");
    }
    CHECK_EQUAL(keys, "a list[] ");
    int sum = 0;
    for (const Json& element : made.at("list")) {
        sum += element.get<int>();
    }
    CHECK_EQUAL(sum, 3);
    const std::map<std::string, std::string> words = {{"a", "b"}};
    CHECK((Json(words).get<std::map<std::string, std::string>>() == words));
    CHECK_EQUAL(Json(1), Json(1U));
    CHECK_EQUAL(Json(1), Json(1.0));
    CHECK(Json("1") != Json(1));
}

void types_of_ones_own_are_written_and_read() {
    const std::vector<own::Point> points = Json::parse(R"([{"x":1,"y":2},{"x":3}])").get<std::vector<own::Point>>();
    CHECK_EQUAL(Json(points).dump(), R"([{"x":1,"y":2},{"x":3,"y":7}])");
}

void a_server_and_a_client_work_with_it() {
    dovetail::Server server("demo");
    server.tool<own::Point>("mirror", "Mirrors", Json::parse(R"({"type":"object","required":["x"]})"),
                            [](const own::Point& in, dovetail::Context& context) {
                                context.progress(1, 2, "half");
                                return dovetail::ToolResult({dovetail::Content::text("done")})
                                    .with_structured(own::Point{in.y, in.x});
                            });
    server.tool("garbage", "", {{"type", "object"}}, [] { return std::string("\xff"); });
    dovetail::Client client(server);
    std::string said;
    const auto options = dovetail::CallOptions().with_progress(
        [&said](const dovetail::Progress& step) { said = step.message; });
    const auto result = client.call("mirror", {{"x", 1}}, options);
    CHECK_EQUAL(result.structured.get<own::Point>().x, 7);
    CHECK_EQUAL(dovetail::Content(result.content.at(0)).as_text(), "done");
    CHECK_EQUAL(said, "half");
    try {
        client.call("garbage");
        CHECK(false);
    } catch (const dovetail::DovetailError& error) {
        CHECK_EQUAL(error.name(), "tool_error");
    }
}

} // namespace

int main() {
    // Numbers must not follow the program's locale, where there is one with another decimal point.
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    return tests::run({
        {"payloads are read as the JSON type does", tests::payloads_are_read_as_the_json_type_does},
        {"values are written as they are read", values_are_written_as_they_are_read},
        {"what is no JSON is refused", what_is_no_json_is_refused},
        {"values are built and read", values_are_built_and_read},
        {"types of one's own are written and read", types_of_ones_own_are_written_and_read},
        {"a server and a client work with it", a_server_and_a_client_work_with_it},
    });
}
