package dev.dovetail.boundary

import dev.dovetail.Completing
import dev.dovetail.Context
import dev.dovetail.Definition
import dev.dovetail.Offers
import dev.dovetail.decode
import dev.dovetail.encode
import dev.dovetail.generated.Shapes
import dev.dovetail.toJson
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** One handler; whether its errors are refusals by name ([refuses]), or what a tool says. */
internal class Handler(val refuses: Boolean, val handle: suspend Context.(payload: ByteArray) -> Reply)

/** The handlers of one server, by the numbers that requests name. */
internal class Handlers {
    private val next = AtomicInteger()
    private val table = ConcurrentHashMap<Int, Handler>()
    private val owned = ConcurrentHashMap<Pair<Offers, String>, Set<Int>>()

    /** The handler of a number; null when what it served was taken away. */
    operator fun get(number: Int): Handler? = table[number]

    /**
     * Registers handlers, and hands their definitions to [announce] in the terms of a server's configuration. When that
     * fails, nothing stays registered.
     */
    fun <T> register(definitions: List<Definition>, announce: (Map<String, JsonElement>) -> T): T {
        val entries = definitions.map { Entry(it) }
        val lists = entries.groupBy({ it.definition.list.member }, { it.describe() }).mapValues { JsonArray(it.value) }
        try {
            return announce(lists).also {
                for (entry in entries) {
                    owned.put(entry.definition.list to entry.definition.name, entry.numbers)?.let(::drop)
                }
            }
        } catch (failure: Throwable) {
            for (entry in entries) drop(entry.numbers)
            throw failure
        }
    }

    /** Forgets the handlers of what was removed. */
    fun forget(list: Offers, name: String) {
        owned.remove(list to name)?.let(::drop)
    }

    private fun drop(numbers: Set<Int>) = numbers.forEach(table::remove)

    private fun number(handler: Handler): Int = next.getAndIncrement().also { table[it] = handler }

    private inner class Entry(val definition: Definition) {
        private val handler = number(Handler(definition.list != Offers.TOOLS, definition.answer))
        private val completers = definition.completers.mapValues { (_, completer) ->
            number(
                Handler(refuses = true) { payload ->
                    val values = completer.complete(decode(Completing.serializer(), payload))
                    Reply(Shapes.VALUE, encode(values.toJson()))
                },
            )
        }

        val numbers: Set<Int> get() = completers.values.toSet() + handler

        fun describe(): JsonObject = JsonObject(
            buildMap {
                putAll(definition.members)
                put("handler", JsonPrimitive(handler))
                if (completers.isNotEmpty()) {
                    put("completers", JsonObject(completers.mapValues { JsonPrimitive(it.value) }))
                }
            },
        )
    }
}
