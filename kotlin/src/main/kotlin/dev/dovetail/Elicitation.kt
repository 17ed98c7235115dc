package dev.dovetail

import kotlinx.serialization.Serializable
import kotlinx.serialization.SerialName
import kotlinx.serialization.json.JsonObject

/**
 * What a user made of a question.
 *
 * @property action accepted, declined, or closed without a decision.
 * @property content the answer; only with [Action.ACCEPT].
 */
@ConsistentCopyVisibility
@Serializable
public data class Elicitation<out T> internal constructor(val action: Action, val content: T? = null) {
    /** Whether the user answered. */
    public val accepted: Boolean get() = action == Action.ACCEPT

    /** What a user can do with a question. */
    @Serializable
    public enum class Action {
        /** Answered it. */
        @SerialName("accept")
        ACCEPT,

        /** Said no. */
        @SerialName("decline")
        DECLINE,

        /** Closed it. */
        @SerialName("cancel")
        CANCEL,
    }

    public companion object {
        /** The answer: a [JsonObject], a [Map], or an object of a `@Serializable` class. */
        public fun accept(content: Any): Elicitation<JsonObject> =
            Elicitation(Action.ACCEPT, objectOf(content, "the answer"))

        /** The answer, member by member. */
        public fun accept(vararg members: Pair<String, Any?>): Elicitation<JsonObject> = accept(members.toMap())

        /** The user said no. */
        public fun decline(): Elicitation<JsonObject> = Elicitation(Action.DECLINE)

        /** The user closed the question. */
        public fun cancel(): Elicitation<JsonObject> = Elicitation(Action.CANCEL)
    }
}

/**
 * A question of a server for the user of a client.
 *
 * @property message what to ask.
 * @property schema JSON Schema of the answer, an object.
 */
@Serializable
public data class Question(val message: String, val schema: JsonObject = JsonObject(emptyMap())) {
    /** The answer that the form suggests: its properties that have a default. */
    public val defaults: JsonObject
        get() {
            val properties = schema["properties"] as? JsonObject ?: return JsonObject(emptyMap())
            val suggested = properties.mapValues { (it.value as? JsonObject)?.get("default") }
            return JsonObject(buildMap { for ((name, value) in suggested) value?.let { put(name, it) } })
        }
}

/**
 * A page that a server wants its user to visit. Show where it leads before opening it.
 *
 * @property message why.
 * @property url where; a claim of the server, not to be trusted.
 */
@Serializable
public data class UrlQuestion(val message: String, val url: String)

/** The kinds of questions that a tool may declare to ask. */
public enum class Ask(internal val kind: String) {
    /** A form; the answer has a schema. [Context.confirm] asks one too. */
    FORM("form"),

    /** A page to visit; see [Context.elicitUrl]. */
    URL("url"),

    /** A question to the model of the client; see [Context.sample]. */
    SAMPLE("sample"),

    /** The places that the client shares; see [Context.listRoots]. */
    ROOTS("roots"),
}
