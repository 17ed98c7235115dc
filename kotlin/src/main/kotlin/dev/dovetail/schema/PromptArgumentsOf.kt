// The arguments of a prompt from the descriptor of a `@Serializable` class.

@file:OptIn(ExperimentalSerializationApi::class)

package dev.dovetail.schema

import dev.dovetail.Description
import dev.dovetail.PromptArgument
import dev.dovetail.invalid
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.SerialKind
import kotlinx.serialization.descriptors.StructureKind

/** Its properties, which are text on the way; one with a default is optional. */
internal fun promptArgumentsOf(descriptor: SerialDescriptor, what: String): List<PromptArgument> {
    if (descriptor.kind != StructureKind.CLASS) {
        throw invalid("$what: a @Serializable class is needed; ${descriptor.serialName} is none")
    }
    return List(descriptor.elementsCount) { index ->
        val name = descriptor.getElementName(index)
        val element = unwrapped(descriptor.getElementDescriptor(index))
        if (element.kind !is PrimitiveKind && element.kind != SerialKind.ENUM) {
            throw invalid("$what: $name cannot be written as text; arguments of prompts always are")
        }
        val description = descriptor.getElementAnnotations(index).filterIsInstance<Description>().firstOrNull()
        val optional = descriptor.isElementOptional(index)
        PromptArgument(name, description?.value, required = !optional)
    }
}
