package dev.dovetail.examples.client

import dev.dovetail.Client
import dev.dovetail.ClientOptions
import dev.dovetail.Command
import dev.dovetail.DovetailError
import dev.dovetail.Elicitation
import kotlin.system.exitProcess
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.jsonObject

@Serializable
data class Day(val day: Int, val high: Double, val low: Double, val sky: String)

@Serializable
data class Forecast(val city: String, val days: List<Day>)

/** `client URL` or `client -- command args…` */
suspend fun main(args: Array<String>) {
    if (args.isEmpty() || (args[0] == "--" && args.size == 1)) {
        System.err.println("usage: client URL | client -- command args…")
        exitProcess(2)
    }
    try {
        connect(args).use { talk(it) }
    } catch (error: DovetailError) {
        println("error: ${error.name}: ${error.detail}")
        exitProcess(1)
    }
}

private suspend fun connect(args: Array<String>): Client {
    val options: ClientOptions.() -> Unit = {
        onElicit { question ->
            println("question: ${question.message} yes")
            // Says yes to every yes-or-no member of the form.
            val yes = question.schema["properties"]?.jsonObject.orEmpty().keys.associateWith { true }
            Elicitation.accept(yes)
        }
    }
    if (args[0] == "--") return Client.connect(Command(args[1], args.drop(2)), options)
    return Client.connect(args[0], options)
}

private suspend fun talk(client: Client) {
    val tools = client.listTools()
    println("tools: ${tools.joinToString { it.name }}")
    if (tools.any { it.name == "weather" }) {
        val forecast = client.call<Forecast>("weather", mapOf("city" to "Oslo", "days" to 3)) {
            println("progress: ${it.progress.toInt()} of ${it.total?.toInt()}, ${it.message}")
        }.data
        for (day in forecast.days) {
            println("${forecast.city}, day ${day.day}: ${day.high.toInt()}° / ${day.low.toInt()}°, ${day.sky}")
        }
    }
    if (tools.any { it.name == "remove" }) {
        println(client.call<String>("remove", mapOf("path" to "a.txt")).data)
    }
}
