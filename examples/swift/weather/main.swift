// A server with one typed tool that reports progress: `weather` for stdio, `weather --http 127.0.0.1:8000` for HTTP.
import Dovetail
import Foundation

struct Place: ToolInput {
    var city: String
    var days: Int?

    static var schema: Schema {
        .object {
            Property("city", .string)
            Property("days", .integer, default: 1)
        }
    }
}

struct Day: Codable {
    var day: Int
    var high: Double
    var low: Double
    var sky: String
}

struct Forecast: Codable {
    var city: String
    var days: [Day]
}

func forecast(_ city: String, day: Int) -> Day {
    let seed = city.unicodeScalars.reduce(day) { $0 + Int($1.value) }
    let high = Double(15 + seed % 15)
    return Day(day: day + 1, high: high, low: high - 8, sky: ["clear", "cloudy", "rain"][seed % 3])
}

let server = Server("weather", version: "1.0.0")

try server.tool("weather", "Forecast for a city") { (place: Place, context) in
    let count = place.days ?? 1
    var days: [Day] = []
    for day in 0..<max(0, count) {
        days.append(forecast(place.city, day: day))
        try context.progress(Double(day + 1), total: Double(count), message: "day \(day + 1)")
    }
    return Forecast(city: place.city, days: days)
}

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--http" {
    try await server.serve(.http(CommandLine.arguments[2])) { url in
        FileHandle.standardError.write(Data("listening on \(url ?? "")\n".utf8))
    }
} else {
    try await server.serve(.stdio)
}
