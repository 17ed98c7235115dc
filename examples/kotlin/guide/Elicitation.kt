package dev.dovetail.examples.guide.elicitation

import dev.dovetail.Client
import dev.dovetail.Elicitation
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
data class Day(val date: String)

private val server = Server("demo") {
    tool<String>("book") {
        val day = elicit<Day>("Which day?").content
        if (day == null) "not booked" else "booked for ${day.date}"
    }
}

suspend fun main() {
    val willing = Client.connect(server) {
        onElicit { question ->
            println("asked: ${question.message}")
            Elicitation.accept(Day("2026-12-01"))
        }
    }
    willing.use { println(it.call<String>("book").data) }

    val unwilling = Client.connect(server) { onElicit { Elicitation.decline() } }
    unwilling.use { println(it.call<String>("book").data) }
}
