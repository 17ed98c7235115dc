package dev.dovetail.boundary

import dev.dovetail.DovetailError
import dev.dovetail.Layer
import dev.dovetail.Message
import dev.dovetail.Next
import dev.dovetail.decode
import dev.dovetail.encode
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Shapes
import dev.dovetail.toJson
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** The layers of one server or client by their numbers, the outermost first. */
internal class Layers {
    private val layers = mutableListOf<Layer>()
    private val described = mutableListOf<JsonElement>()

    /** Adds a layer inside of the others; [methods] are the only ones that it sees, none means all. */
    fun add(methods: Collection<String>, layer: Layer) {
        val number = JsonPrimitive(layers.size)
        layers += layer
        described +=
            if (methods.isEmpty()) number else JsonObject(mapOf("handler" to number, "methods" to methods.toJson()))
    }

    /** For a configuration; empty when there are none. */
    fun describe(): JsonArray = JsonArray(described)

    /** Runs a layer around a message, and tells what it came to. */
    suspend fun run(port: Port, call: Long, number: Int, payload: ByteArray) = unlessLate {
        val message = decode(Message.serializer(), payload)
        var inner: JsonObject? = null
        var failed: DovetailError? = null
        val next: Next = { changed ->
            try {
                val patch = patchOf(message, changed)
                decode(JsonObject.serializer(), port.run { key -> port.proceed(call, key, patch) }).also { inner = it }
            } catch (failure: DovetailError) {
                throw failure.also { failed = it }
            }
        }
        try {
            val result = layers[number](message, next) ?: NOTHING
            if (result === inner) pass(port, call) else port.reply(call, Shapes.WHOLE, encode(result))
        } catch (failure: DovetailError) {
            if (failure === failed) pass(port, call) else port.fail(call, refusalOf(failure))
        } catch (failure: CancellationException) {
            port.fail(call, refusalOf(DovetailError(Codes.CANCELLED, "the layer was cancelled")))
            throw failure
        } catch (failure: Throwable) {
            LogLine.write("a layer failed at ${message.method}", failure)
            port.fail(call, refusalOf(DovetailError(Codes.INTERNAL, "a layer failed")))
        }
    }

    /** What is inside came to this, and it stays so. */
    private fun pass(port: Port, call: Long) = port.reply(call, Shapes.OUTCOME, EMPTY)

    private fun patchOf(message: Message, changed: Message): ByteArray =
        if (changed.params === message.params) EMPTY else encode(JsonObject(mapOf("params" to changed.params)))

    private companion object {
        val NOTHING = JsonObject(emptyMap())
    }
}
