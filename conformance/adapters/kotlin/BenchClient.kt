// The client whose cost per call is measured: `bench-client URL` or `bench-client -- command args…`. Reads lines
// `run CALLS IN_FLIGHT`, makes so many calls of `echo` with so many coroutines, and says when they are done.

package dev.dovetail.conformance.bench

import dev.dovetail.Client
import dev.dovetail.Command
import java.util.concurrent.atomic.AtomicInteger
import kotlin.system.exitProcess
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.serialization.Serializable

@Serializable
class Text(val text: String)

private const val TEXT = "abcdefghijklmnopqrstuvwxyz012345"

suspend fun main(args: Array<String>) {
    connect(args).use { client ->
        println("ready")
        for (line in generateSequence(::readlnOrNull)) {
            val (calls, inFlight) = Regex("run (\\d+) (\\d+)").matchEntire(line)?.destructured ?: usage()
            withContext(Dispatchers.Default) { run(client, calls.toInt(), inFlight.toInt()) }
            println("done $calls")
        }
    }
}

private suspend fun connect(args: Array<String>): Client = when {
    args.size == 1 && args[0] != "--" -> Client.connect(args[0])
    args.size > 1 && args[0] == "--" -> Client.connect(Command(args[1], args.drop(2)))
    else -> usage()
}

private suspend fun run(client: Client, calls: Int, inFlight: Int) = coroutineScope {
    val left = AtomicInteger(calls)
    repeat(inFlight) {
        launch {
            while (left.getAndDecrement() > 0) {
                val text = client.call<String>("echo", Text(TEXT)).data
                if (text != TEXT) {
                    System.err.println("a wrong answer: $text")
                    exitProcess(1)
                }
            }
        }
    }
}

private fun usage(): Nothing {
    System.err.println("usage: bench-client URL | bench-client -- command args…; then lines: run CALLS IN_FLIGHT")
    exitProcess(2)
}
