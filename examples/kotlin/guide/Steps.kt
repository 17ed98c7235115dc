package dev.dovetail.examples.guide.steps

import dev.dovetail.Client
import dev.dovetail.Elicitation
import dev.dovetail.Server

private var charges = 0

// The question ends the first run; the handler runs again with the answer, and the step is not repeated.
private val server = Server("demo") {
    tool<String>("pay") {
        val receipt = step("charge") { "receipt ${++charges}" }
        if (confirm("Send the receipt?")) "sent $receipt" else "kept $receipt"
    }
}

suspend fun main() {
    Client.connect(server) { onElicit { Elicitation.accept() } }.use { it.call<String>("pay") }
    println("charged $charges time")
}
