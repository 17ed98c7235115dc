// The two layers of the fixture, for servers and clients alike.

package dev.dovetail.conformance.cases

import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import dev.dovetail.Layer
import dev.dovetail.Message
import dev.dovetail.Next
import java.util.concurrent.ConcurrentLinkedQueue
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.longOrNull
import kotlinx.serialization.json.put

/** What the layers of one server or client saw. */
class Journal {
    private val entries = ConcurrentLinkedQueue<String>()

    fun add(entry: String) {
        entries += entry
    }

    /** Its entries; it is empty afterwards. */
    fun take(): List<String> = generateSequence(entries::poll).toList()
}

/** Both layers, the outer one first. */
fun noting(journal: Journal): List<Layer> =
    listOf("outer", "inner").map { name -> { message, next -> Noting(name, journal).run(message, next) } }

private class Noting(private val name: String, private val journal: Journal) {
    suspend fun run(message: Message, next: Next): JsonObject? {
        val tool = message.text("name")
        if (!message.notification && (message.method != "tools/call" || tool == "journal")) return next(message)
        journal.add("$name ${message.method}")
        if (message.notification) {
            return if (name == "inner" && message.text("uri") == "note://dropped") null else next(message)
        }
        val arguments = message.params["arguments"] as? JsonObject ?: JsonObject(emptyMap())
        val deed = if (tool == "add") name to (arguments["a"] as? JsonPrimitive)?.longOrNull else null
        return when (deed) {
            "outer" to 100L -> {
                val changed = JsonObject(arguments + ("a" to JsonPrimitive(200)))
                noted(message.copy(params = JsonObject(message.params + ("arguments" to changed))), next)
            }
            "inner" to 101L -> content("own answer")
            "inner" to 102L -> throw DovetailError(ErrorCode.FORBIDDEN, "refused by a layer")
            "inner" to 103L -> error("secret")
            "outer" to 104L -> {
                noted(message, next)
                content("changed")
            }
            else -> noted(message, next)
        }
    }

    private suspend fun noted(message: Message, next: Next): JsonObject =
        try {
            next(message).also { journal.add("$name done") }
        } catch (failure: DovetailError) {
            journal.add("$name ${failure.name}")
            throw failure
        }
}

private fun Message.text(name: String): String? = (params[name] as? JsonPrimitive)?.contentOrNull

private fun content(text: String): JsonObject {
    val block = buildJsonObject {
        put("type", "text")
        put("text", text)
    }
    return JsonObject(mapOf("content" to JsonArray(listOf(block))))
}
