// JSON Schema from the descriptors of `@Serializable` classes. Owns the mapping; never validates a value. What it
// cannot describe it refuses when the tool is defined.

@file:OptIn(ExperimentalSerializationApi::class)

package dev.dovetail.schema

import dev.dovetail.Description
import dev.dovetail.invalid
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.descriptors.PolymorphicKind
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.SerialKind
import kotlinx.serialization.descriptors.StructureKind
import kotlinx.serialization.descriptors.elementDescriptors
import kotlinx.serialization.descriptors.elementNames
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** The schema of an object, such as the arguments of a tool or the answer to a question. */
internal fun objectSchemaOf(descriptor: SerialDescriptor, what: String): JsonObject {
    val inner = unwrapped(descriptor)
    if (inner.isNullable || (inner.kind != StructureKind.CLASS && inner.kind != StructureKind.OBJECT)) {
        throw invalid("$what: an object is needed, a @Serializable class; ${descriptor.serialName} is none")
    }
    return schemaOf(inner, what)
}

/** The schema of any value. */
internal fun schemaOf(descriptor: SerialDescriptor, what: String): JsonObject = Writer(what).schema(descriptor)

private class Writer(private val what: String) {
    private val open = ArrayDeque<String>()

    fun schema(outer: SerialDescriptor): JsonObject {
        val descriptor = unwrapped(outer)
        val schema = plain(descriptor)
        return if (outer.isNullable || descriptor.isNullable) nullable(schema) else schema
    }

    private fun plain(descriptor: SerialDescriptor): JsonObject {
        json(descriptor)?.let { return it }
        return when (val kind = descriptor.kind) {
            PrimitiveKind.BOOLEAN -> type("boolean")
            PrimitiveKind.BYTE, PrimitiveKind.SHORT, PrimitiveKind.INT, PrimitiveKind.LONG -> type("integer")
            PrimitiveKind.FLOAT, PrimitiveKind.DOUBLE -> type("number")
            PrimitiveKind.CHAR, PrimitiveKind.STRING -> type("string")
            SerialKind.ENUM -> JsonObject(
                type("string") + ("enum" to JsonArray(descriptor.elementNames.map(::JsonPrimitive))),
            )
            StructureKind.LIST -> JsonObject(type("array") + ("items" to schema(descriptor.getElementDescriptor(0))))
            StructureKind.MAP -> map(descriptor)
            StructureKind.CLASS, StructureKind.OBJECT -> members(descriptor)
            SerialKind.CONTEXTUAL, PolymorphicKind.OPEN, PolymorphicKind.SEALED -> refuse(descriptor, kind)
        }
    }

    private fun map(descriptor: SerialDescriptor): JsonObject {
        val (key, value) = descriptor.elementDescriptors.toList()
        if (unwrapped(key).kind != PrimitiveKind.STRING) refuse(descriptor, "a map whose keys are no strings")
        return JsonObject(type("object") + ("additionalProperties" to schema(value)))
    }

    private fun members(descriptor: SerialDescriptor): JsonObject {
        if (descriptor.serialName in open) refuse(descriptor, "a class that contains itself")
        open.addLast(descriptor.serialName)
        val properties = buildJsonObject {
            for (index in 0 until descriptor.elementsCount) {
                val schema = schema(descriptor.getElementDescriptor(index))
                put(descriptor.getElementName(index), schema + description(descriptor.getElementAnnotations(index)))
            }
        }
        open.removeLast()
        val required = (0 until descriptor.elementsCount).filterNot(descriptor::isElementOptional)
        return buildJsonObject {
            put("type", "object")
            for ((name, value) in description(descriptor.annotations)) put(name, value)
            put("properties", properties)
            if (required.isNotEmpty()) {
                put("required", JsonArray(required.map { JsonPrimitive(descriptor.getElementName(it)) }))
            }
        }
    }

    private fun refuse(descriptor: SerialDescriptor, kind: Any): Nothing =
        throw invalid("$what: ${descriptor.serialName} has no JSON Schema here ($kind)")
}

internal fun unwrapped(descriptor: SerialDescriptor): SerialDescriptor {
    var inner = descriptor
    while (inner.isInline) inner = inner.getElementDescriptor(0)
    return inner
}

private fun type(name: String): JsonObject = JsonObject(mapOf("type" to JsonPrimitive(name)))

private fun nullable(schema: JsonObject): JsonObject {
    val type = schema["type"]
    return when {
        schema.isEmpty() -> schema
        type is JsonPrimitive && "enum" !in schema ->
            JsonObject(schema + ("type" to JsonArray(listOf(type, JsonPrimitive("null")))))
        else -> JsonObject(mapOf("anyOf" to JsonArray(listOf(schema, NULL))))
    }
}

private val NULL: JsonObject = type("null")

private fun description(annotations: List<Annotation>): Map<String, JsonElement> =
    annotations.filterIsInstance<Description>().firstOrNull()
        ?.let { mapOf("description" to JsonPrimitive(it.value)) }
        .orEmpty()

/** The classes of `kotlinx.serialization.json`, whose descriptors say how they are written and not what they are. */
private fun json(descriptor: SerialDescriptor): JsonObject? =
    when (descriptor.serialName.removeSuffix("?")) {
        "kotlinx.serialization.json.JsonObject" -> type("object")
        "kotlinx.serialization.json.JsonArray" -> type("array")
        "kotlinx.serialization.json.JsonNull" -> NULL
        "kotlinx.serialization.json.JsonElement", "kotlinx.serialization.json.JsonPrimitive" -> JsonObject(emptyMap())
        else -> null
    }

private operator fun JsonObject.plus(more: Map<String, JsonElement>): JsonObject =
    if (more.isEmpty()) this else JsonObject((this as Map<String, JsonElement>).plus(more))
