package dev.dovetail

import dev.dovetail.boundary.Reply
import kotlinx.serialization.json.JsonObject

/** The lists of a server. */
internal enum class Offers(val member: String) {
    TOOLS("tools"),
    RESOURCES("resources"),
    TEMPLATES("resourceTemplates"),
    PROMPTS("prompts"),
}

/**
 * One thing that a server offers: what it tells clients, and how a request becomes an answer.
 *
 * @property name what it is known by in its list.
 * @property members what clients see.
 */
@PublishedApi
internal class Definition(
    internal val list: Offers,
    internal val name: String,
    internal val members: JsonObject,
    internal val completers: Map<String, Completer> = emptyMap(),
    internal val answer: suspend Context.(payload: ByteArray) -> Reply,
)
