package dev.dovetail

import kotlinx.serialization.Serializable

/**
 * A prompt as a server describes it.
 *
 * @property server the member of a [Group] that has it.
 */
@Serializable
public data class Prompt(
    val name: String,
    val title: String? = null,
    val description: String? = null,
    val arguments: List<PromptArgument> = emptyList(),
    val icons: List<Icon>? = null,
    val server: String? = null,
)

/** An argument of a prompt; its value is text. */
@Serializable
public data class PromptArgument(val name: String, val description: String? = null, val required: Boolean = false)

/** A message that a prompt puts before the model. */
@Serializable
public data class PromptMessage(val role: Role, val content: Content) {
    public companion object {
        /** Text of the user. */
        public fun user(text: String): PromptMessage = user(Content.text(text))

        /** A block of the user. */
        public fun user(content: Content): PromptMessage = PromptMessage(Role.USER, content)

        /** Text of the model. */
        public fun assistant(text: String): PromptMessage = assistant(Content.text(text))

        /** A block of the model. */
        public fun assistant(content: Content): PromptMessage = PromptMessage(Role.ASSISTANT, content)
    }
}

/** What a prompt came out as. */
@Serializable
public data class PromptResult(val messages: List<PromptMessage>, val description: String? = null)

@Serializable
internal class PromptList(val prompts: List<Prompt>)
