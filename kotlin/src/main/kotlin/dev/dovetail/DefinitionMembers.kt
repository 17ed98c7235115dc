// What several kinds of definitions have in common.

package dev.dovetail

import dev.dovetail.generated.Codes
import kotlinx.serialization.SerializationException
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.put

internal fun JsonObjectBuilder.putIcons(icons: List<Icon>) {
    if (icons.isNotEmpty()) put("icons", sparseElement(ListSerializer(Icon.serializer()), icons))
}

internal fun JsonObjectBuilder.putAsks(asks: Set<Ask>) {
    if (asks.isNotEmpty()) put("asks", asks.map { it.kind }.toJson())
}

/** Reads the text that arguments and variables are as what the handler wants. */
internal inline fun <T> converting(name: String, read: () -> T): T =
    try {
        read()
    } catch (failure: SerializationException) {
        throw DovetailError(Codes.INVALID_PARAMS, "$name: ${failure.message?.lineSequence()?.first()}", failure)
    }
