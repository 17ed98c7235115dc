package dev.dovetail

import dev.dovetail.schema.objectSchemaOf
import dev.dovetail.schema.schemaOf
import kotlinx.serialization.KSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** A tool as a server holds it: what it tells clients, and how a call becomes the bytes of an answer. */
@PublishedApi
internal class ToolDefinition(
    private val name: String,
    private val description: String?,
    private val asks: Set<Ask>,
    private val input: JsonObject,
    private val output: JsonObject?,
    val answer: suspend Context.(arguments: ByteArray) -> ByteArray,
) {
    /** The tool in the terms of a server's configuration. */
    fun describe(): JsonObject = buildJsonObject {
        put("name", name)
        description?.let { put("description", it) }
        put("inputSchema", input)
        output?.let { put("outputSchema", it) }
        if (asks.isNotEmpty()) put("asks", JsonArray(asks.map { JsonPrimitive(it.kind) }))
    }

    companion object {
        private val NO_ARGUMENTS = buildJsonObject {
            put("type", "object")
            put("properties", JsonObject(emptyMap()))
        }

        /** A tool with typed arguments. */
        fun <I, O> typed(
            name: String,
            description: String?,
            asks: Set<Ask>,
            input: KSerializer<I>,
            output: KSerializer<O>,
            handler: suspend Context.(I) -> O,
        ): ToolDefinition =
            ToolDefinition(
                name, description, asks, objectSchemaOf(input.descriptor, "input of $name"), outputSchema(name, output),
            ) { arguments -> valueOf(output, handler(decode(input, arguments))) }

        /** A tool without arguments. */
        fun <O> plain(
            name: String,
            description: String?,
            asks: Set<Ask>,
            output: KSerializer<O>,
            handler: suspend Context.() -> O,
        ): ToolDefinition =
            ToolDefinition(name, description, asks, NO_ARGUMENTS, outputSchema(name, output)) {
                valueOf(output, handler())
            }

        private fun <O> valueOf(output: KSerializer<O>, value: O): ByteArray =
            if (value == Unit) NOTHING else encode(output, value)

        private val NOTHING = "null".encodeToByteArray()

        /** Text is content and no structured value; so is nothing at all. */
        private fun outputSchema(name: String, output: KSerializer<*>): JsonObject? =
            when (output.descriptor) {
                String.serializer().descriptor, Unit.serializer().descriptor -> null
                else -> schemaOf(output.descriptor, "output of $name")
            }
    }
}
