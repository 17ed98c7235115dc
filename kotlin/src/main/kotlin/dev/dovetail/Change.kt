package dev.dovetail

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * Something that changed at a server.
 *
 * @property uri which resource, for [Kind.RESOURCE].
 */
@Serializable
public data class Change(val kind: Kind, val uri: String? = null) {
    /** What changed. */
    @Serializable
    public enum class Kind(internal val word: String) {
        /** The list of tools. */
        @SerialName("tools")
        TOOLS("tools"),

        /** The list of prompts. */
        @SerialName("prompts")
        PROMPTS("prompts"),

        /** The list of resources. */
        @SerialName("resources")
        RESOURCES("resources"),

        /** The contents of one resource. */
        @SerialName("resource")
        RESOURCE("resource"),
    }

    /** What comes while listening: a change, or without a kind the word that listening has begun. */
    @Serializable
    internal class News(val kind: Kind? = null, val uri: String? = null)
}

/**
 * What a server granted to a listener; it may be less than was wanted.
 *
 * @property tools whether changes of the list of tools come; likewise [prompts] and [resources].
 * @property uris the resources whose changes come.
 */
@Serializable
public data class Listening(
    val tools: Boolean = false,
    val prompts: Boolean = false,
    val resources: Boolean = false,
    val uris: List<String> = emptyList(),
)
