package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * An argument that is being typed.
 *
 * @property argument its name.
 * @property value what is there so far.
 * @property context the arguments that are filled in already.
 */
@Serializable
public data class Completing(
    val argument: String,
    val value: String,
    val context: Map<String, String> = emptyMap(),
)

/** Suggests values for an argument of a prompt or a variable of a template. */
public fun interface Completer {
    /** The values that fit, best first. */
    public suspend fun complete(completing: Completing): List<String>
}

/**
 * Suggestions.
 *
 * @property total how many there are, when known.
 * @property hasMore whether there are more than [values].
 */
@Serializable
public data class Completion(val values: List<String>, val total: Long? = null, val hasMore: Boolean? = null)

/** What an argument to complete belongs to. */
public sealed interface Reference {
    /** A prompt, by its name. */
    public data class Prompt(val name: String) : Reference

    /** A template, by its pattern. */
    public data class Template(val uriTemplate: String) : Reference
}

internal fun Reference.describe(): JsonObject = buildJsonObject {
    when (this@describe) {
        is Reference.Prompt -> {
            put("type", "ref/prompt")
            put("name", name)
        }
        is Reference.Template -> {
            put("type", "ref/resource")
            put("uri", uriTemplate)
        }
    }
}
