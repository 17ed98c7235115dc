// Owns: the shapes of the weather tool, as far as this client needs them.

struct Place: Encodable {
    var city: String
    var days: Int
}

struct Forecast: Decodable {
    struct Day: Decodable {
        var day: Int
        var high: Double
        var low: Double
        var sky: String
    }

    var days: [Day]
}
