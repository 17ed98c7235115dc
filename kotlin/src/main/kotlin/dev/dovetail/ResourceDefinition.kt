// How a function becomes a resource or a template of resources.

package dev.dovetail

import dev.dovetail.boundary.Reply
import dev.dovetail.boundary.text
import dev.dovetail.generated.Shapes
import kotlin.reflect.KClass
import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

@Serializable
private class Reading(val uri: String, val variables: JsonElement = JsonObject(emptyMap()))

private val READABLE = setOf(String::class, ByteArray::class, ResourceContents::class, List::class)

/** A resource. */
@PublishedApi
internal fun <R : Any> resourceDefinition(
    resource: Resource,
    result: KClass<R>,
    handler: suspend Context.() -> R,
): Definition {
    checkReadable(resource.uri, result)
    val members = sparseElement(Resource.serializer(), resource) as JsonObject
    return Definition(Offers.RESOURCES, resource.uri, members) { payload ->
        val reading = decode(Reading.serializer(), payload)
        contentsOf(handler(), reading.uri, resource.mimeType)
    }
}

/** A template whose variables are the properties of a class. */
@PublishedApi
internal fun <V : Any, R : Any> templateDefinition(
    template: ResourceTemplate,
    variables: KSerializer<V>,
    result: KClass<R>,
    completers: Map<String, Completer>,
    handler: suspend Context.(V) -> R,
): Definition {
    checkReadable(template.uriTemplate, result)
    val members = sparseElement(ResourceTemplate.serializer(), template) as JsonObject
    return Definition(Offers.TEMPLATES, template.uriTemplate, members, completers) { payload ->
        val reading = decode(Reading.serializer(), payload)
        contentsOf(handler(variablesOf(template, variables, reading)), reading.uri, template.mimeType)
    }
}

private fun <V> variablesOf(template: ResourceTemplate, variables: KSerializer<V>, reading: Reading): V =
    converting(template.uriTemplate) { decode(variables, reading.variables) }

private fun checkReadable(name: String, result: KClass<*>) {
    if (result !in READABLE) {
        throw invalid("$name: a resource is a String, a ByteArray or ResourceContents, not a ${result.simpleName}")
    }
}

private fun contentsOf(value: Any, uri: String, mimeType: String?): Reply =
    when (value) {
        is String -> text(value)
        is ByteArray -> contentsOf(ResourceContents.bytes(value), uri, mimeType)
        is List<*> -> parts(value.filterIsInstance<ResourceContents>(), uri, mimeType)
        else -> parts(listOf(value as ResourceContents), uri, mimeType)
    }

private fun parts(parts: List<ResourceContents>, uri: String, mimeType: String?): Reply {
    val complete = parts.map { it.copy(uri = it.uri ?: uri, mimeType = it.mimeType ?: mimeType) }
    return Reply(Shapes.VALUE, encodeSparse(ListSerializer(ResourceContents.serializer()), complete))
}
