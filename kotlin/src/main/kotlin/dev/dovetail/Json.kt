// The two ways we read and write JSON. Owns the settings; never knows a message.

package dev.dovetail

import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerializationException
import kotlinx.serialization.SerializationStrategy
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.serializer

/** Results of handlers: everything is written, defaults included, since the output schema names it. */
private val complete = Json {
    ignoreUnknownKeys = true
    encodeDefaults = true
}

/** Arguments and settings: what the caller left at its default is left to the other side. */
private val sparse = Json {
    ignoreUnknownKeys = true
    encodeDefaults = false
    @OptIn(ExperimentalSerializationApi::class)
    explicitNulls = false
}

internal fun <T> decode(deserializer: DeserializationStrategy<T>, payload: ByteArray): T =
    complete.decodeFromString(deserializer, payload.decodeToString())

internal fun <T> decode(deserializer: DeserializationStrategy<T>, element: JsonElement): T =
    complete.decodeFromJsonElement(deserializer, element)

internal fun <T> encode(serializer: SerializationStrategy<T>, value: T): ByteArray =
    complete.encodeToString(serializer, value).encodeToByteArray()

/** JSON without what is null or at its default. */
internal fun <T> encodeSparse(serializer: SerializationStrategy<T>, value: T): ByteArray =
    sparse.encodeToString(serializer, value).encodeToByteArray()

internal fun <T> sparseElement(serializer: SerializationStrategy<T>, value: T): JsonElement =
    sparse.encodeToJsonElement(serializer, value)

internal fun <T> completeElement(serializer: SerializationStrategy<T>, value: T): JsonElement =
    complete.encodeToJsonElement(serializer, value)

internal fun encode(element: JsonElement): ByteArray = element.toString().encodeToByteArray()

/**
 * A JSON object from what people write as arguments: null (no arguments), a [JsonObject], a [Map] with string keys, or
 * an object of a `@Serializable` class.
 */
internal fun objectOf(value: Any?, what: String): JsonObject =
    when (value) {
        null -> JsonObject(emptyMap())
        is JsonObject -> value
        else -> elementOf(value) as? JsonObject ?: throw invalid("$what: not an object but ${value.javaClass.name}")
    }

/** JSON from what people write as a value; see [objectOf]. */
internal fun elementOf(value: Any?): JsonElement =
    when (value) {
        null -> JsonNull
        is JsonElement -> value
        is String -> JsonPrimitive(value)
        is Number -> JsonPrimitive(value)
        is Boolean -> JsonPrimitive(value)
        is Enum<*> -> serialized(value)
        is Map<*, *> -> buildJsonObject { for ((name, member) in value) put(name.toString(), elementOf(member)) }
        is Iterable<*> -> JsonArray(value.map(::elementOf))
        is Array<*> -> JsonArray(value.map(::elementOf))
        else -> serialized(value)
    }

private fun serialized(value: Any): JsonElement =
    try {
        sparse.encodeToJsonElement(sparse.serializersModule.serializer(value.javaClass), value)
    } catch (failure: SerializationException) {
        throw invalid("${value.javaClass.name} cannot be written as JSON; is it @Serializable?", failure)
    }
