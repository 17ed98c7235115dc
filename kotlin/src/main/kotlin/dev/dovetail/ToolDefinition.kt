// How a typed function becomes a tool: its schemas, and how its result travels.

package dev.dovetail

import dev.dovetail.boundary.Reply
import dev.dovetail.boundary.text
import dev.dovetail.generated.Shapes
import dev.dovetail.schema.objectSchemaOf
import dev.dovetail.schema.schemaOf
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.descriptors.StructureKind
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** What a tool says about itself besides its schemas. */
@PublishedApi
internal class ToolTraits(
    val name: String,
    private val description: String?,
    private val asks: Set<Ask>,
    private val title: String?,
    private val annotations: ToolAnnotations?,
    private val icons: List<Icon>,
    private val once: Boolean?,
    private val openAnswers: Boolean,
) {
    fun describe(input: JsonObject, output: JsonObject?): JsonObject = buildJsonObject {
        put("name", name)
        title?.let { put("title", it) }
        description?.let { put("description", it) }
        put("inputSchema", input)
        output?.let { put("outputSchema", it) }
        annotations?.let { put("annotations", sparseElement(ToolAnnotations.serializer(), it)) }
        putIcons(icons)
        putAsks(asks)
        once?.let { put("once", it) }
        if (openAnswers) put("openAnswers", true)
    }
}

private val NO_ARGUMENTS = buildJsonObject {
    put("type", "object")
    put("properties", JsonObject(emptyMap()))
}

/** A tool with typed arguments. */
@PublishedApi
internal fun <I, O> typedTool(
    traits: ToolTraits,
    input: KSerializer<I>,
    output: KSerializer<O>,
    handler: suspend Context.(I) -> O,
): Definition {
    val schema = objectSchemaOf(input.descriptor, "input of ${traits.name}")
    return tool(traits, schema, outputSchema(traits.name, output), output) { handler(decode(input, it)) }
}

/** A tool without arguments. */
@PublishedApi
internal fun <O> plainTool(
    traits: ToolTraits,
    output: KSerializer<O>,
    handler: suspend Context.() -> O,
): Definition = tool(traits, NO_ARGUMENTS, outputSchema(traits.name, output), output) { handler() }

/** A tool whose arguments have a schema of one's own. */
@PublishedApi
internal fun <O> schemaTool(
    traits: ToolTraits,
    schema: JsonObject,
    outputSchema: JsonObject?,
    output: KSerializer<O>,
    handler: suspend Context.(JsonObject) -> O,
): Definition = tool(traits, schema, outputSchema ?: outputSchema(traits.name, output), output) {
    handler(decode(JsonObject.serializer(), it))
}

private fun <O> tool(
    traits: ToolTraits,
    input: JsonObject,
    outputSchema: JsonObject?,
    output: KSerializer<O>,
    handler: suspend Context.(ByteArray) -> O,
): Definition = Definition(Offers.TOOLS, traits.name, traits.describe(input, outputSchema)) { arguments ->
    replyOf(output, handler(arguments))
}

private fun <O> replyOf(output: KSerializer<O>, value: O): Reply =
    when {
        value is String && output.descriptor == TEXT -> text(value)
        value == Unit -> Reply(Shapes.VALUE, NOTHING)
        value is ToolResult -> whole(value)
        value is Content -> whole(ToolResult(value))
        isContents(output) -> whole(ToolResult((value as List<*>).filterIsInstance<Content>()))
        else -> Reply(Shapes.VALUE, encode(output, value))
    }

private fun whole(result: ToolResult) = Reply(Shapes.WHOLE, encodeSparse(ToolResult.serializer(), result))

private val TEXT = String.serializer().descriptor

private val NOTHING = "null".encodeToByteArray()

/** Text is content and no structured value; so are nothing at all, and whole results. */
private fun outputSchema(name: String, output: KSerializer<*>): JsonObject? =
    when (output.descriptor) {
        TEXT, Unit.serializer().descriptor -> null
        ToolResult.serializer().descriptor, Content.serializer().descriptor -> null
        else -> if (isContents(output)) null else schemaOf(output.descriptor, "output of $name")
    }

@OptIn(ExperimentalSerializationApi::class)
private fun isContents(output: KSerializer<*>): Boolean =
    output.descriptor.kind == StructureKind.LIST &&
        output.descriptor.getElementDescriptor(0) == Content.serializer().descriptor
