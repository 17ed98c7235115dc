// Members that several kinds of definitions have.

package dev.dovetail

import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.put

internal fun JsonObjectBuilder.putIcons(icons: List<Icon>) {
    if (icons.isNotEmpty()) put("icons", sparseElement(ListSerializer(Icon.serializer()), icons))
}

internal fun JsonObjectBuilder.putAsks(asks: Set<Ask>) {
    if (asks.isNotEmpty()) put("asks", asks.map { it.kind }.toJson())
}
