package dev.dovetail.examples.weather

import dev.dovetail.Description
import dev.dovetail.Http
import dev.dovetail.Server
import dev.dovetail.Stdio
import kotlinx.serialization.Serializable

@Serializable
data class Place(
    @Description("Where") val city: String,
    @Description("How many days") val days: Int = 1,
)

@Serializable
data class Day(val day: Int, val high: Double, val low: Double, val sky: String)

@Serializable
data class Forecast(val city: String, val days: List<Day>)

val skies = listOf("clear", "cloudy", "rain")

fun forecast(city: String, day: Int): Day {
    val seed = city.codePoints().sum() + day
    val high = 15.0 + seed % 15
    return Day(day, high, high - 8, skies[seed % 3])
}

val server = Server("weather", "1.0.0") {
    tool<Place, Forecast>("weather", "Forecast for a city") { place ->
        val days = List(place.days) { day ->
            forecast(place.city, day).also { progress(day + 1, place.days, "day ${day + 1}") }
        }
        Forecast(place.city, days)
    }
}

/** `weather` serves on standard input and output, `weather --http HOST:PORT` over HTTP. */
suspend fun main(args: Array<String>) {
    if (args.firstOrNull() == "--http") {
        server.serve(Http(args[1])) { url -> System.err.println("listening on $url") }
    } else {
        server.serve(Stdio)
    }
}
