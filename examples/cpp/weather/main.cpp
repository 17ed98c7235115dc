// A weather server: one typed tool with structured output and progress.
// Without arguments it serves standard input and output; `--http HOST:PORT` serves HTTP.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "dovetail.hpp"

using dovetail::Context;
using dovetail::Json;

struct Place {
    std::string city;
    int days = 1;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Place, city, days)

struct Day {
    int day, high, low;
    std::string sky;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Day, day, high, low, sky)

struct Forecast {
    std::string city;
    std::vector<Day> days;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Forecast, city, days)

// The sum of the code points of a UTF-8 text.
static unsigned code_points(const std::string& text) {
    unsigned sum = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        unsigned point = length == 1 ? first : first & (0xffU >> (length + 1));
        for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
            point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
        }
        sum += point;
        at += length;
    }
    return sum;
}

static Forecast forecast(const Place& place, Context& context) {
    static const char* const skies[] = {"clear", "cloudy", "rain"};
    Forecast forecast{place.city, {}};
    for (int i = 0; i < place.days; ++i) {
        const unsigned seed = code_points(place.city) + static_cast<unsigned>(i);
        const int high = 15 + static_cast<int>(seed % 15);
        forecast.days.push_back({i + 1, high, high - 8, skies[seed % 3]});
        context.progress(i + 1, place.days, "day " + std::to_string(i + 1));
    }
    return forecast;
}

int main(int argc, char** argv) {
    const Json input = Json::parse(R"({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 1}},
        "required": ["city"]
    })");
    const Json output = Json::parse(R"({
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "array", "items": {
                "type": "object",
                "properties": {"day": {"type": "integer"}, "high": {"type": "number"},
                               "low": {"type": "number"}, "sky": {"type": "string"}},
                "required": ["day", "high", "low", "sky"]
            }}
        },
        "required": ["city", "days"]
    })");
    try {
        dovetail::Server server("weather", "1.0.0");
        server.tool<Place>("weather", "Forecast for a city", input, forecast,
                           dovetail::ToolOptions().with_output(output));
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
