// How a function becomes a prompt.

package dev.dovetail

import dev.dovetail.boundary.Reply
import dev.dovetail.boundary.text
import dev.dovetail.generated.Shapes
import dev.dovetail.schema.promptArgumentsOf
import kotlin.reflect.KClass
import kotlinx.serialization.KSerializer
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** What a prompt says about itself besides its arguments. */
@PublishedApi
internal class PromptTraits(
    val name: String,
    val description: String?,
    val title: String?,
    val icons: List<Icon>,
    val asks: Set<Ask>,
    val openAnswers: Boolean,
    val completers: Map<String, Completer>,
)

private val SAYABLE = setOf(String::class, PromptMessage::class, List::class, PromptResult::class)

/** A prompt with typed arguments. */
@PublishedApi
internal fun <I : Any, R : Any> typedPrompt(
    traits: PromptTraits,
    input: KSerializer<I>,
    result: KClass<R>,
    handler: suspend Context.(I) -> R,
): Definition =
    prompt(traits, promptArgumentsOf(input.descriptor, "arguments of ${traits.name}"), result) {
        handler(converting(traits.name) { decode(input, it) })
    }

/** A prompt without arguments. */
@PublishedApi
internal fun <R : Any> plainPrompt(
    traits: PromptTraits,
    result: KClass<R>,
    handler: suspend Context.() -> R,
): Definition = prompt(traits, emptyList(), result) { handler() }

private fun <R : Any> prompt(
    traits: PromptTraits,
    arguments: List<PromptArgument>,
    result: KClass<R>,
    handler: suspend Context.(ByteArray) -> R,
): Definition {
    if (result !in SAYABLE) {
        throw invalid("${traits.name}: a prompt is a String or PromptMessages, not a ${result.simpleName}")
    }
    val stray = traits.completers.keys - arguments.map { it.name }.toSet()
    if (stray.isNotEmpty()) throw invalid("${traits.name}: there are completers for $stray, which are no arguments")
    val members = buildJsonObject {
        put("name", traits.name)
        traits.title?.let { put("title", it) }
        traits.description?.let { put("description", it) }
        if (arguments.isNotEmpty()) {
            put("arguments", sparseElement(ListSerializer(PromptArgument.serializer()), arguments))
        }
        putIcons(traits.icons)
        putAsks(traits.asks)
        if (traits.openAnswers) put("openAnswers", true)
    }
    return Definition(Offers.PROMPTS, traits.name, members, traits.completers) { messagesOf(handler(it)) }
}

private fun messagesOf(value: Any): Reply =
    when (value) {
        is String -> text(value)
        is PromptResult -> Reply(Shapes.WHOLE, encodeSparse(PromptResult.serializer(), value))
        is PromptMessage -> messagesOf(listOf(value))
        else -> {
            val messages = (value as List<*>).filterIsInstance<PromptMessage>()
            Reply(Shapes.VALUE, encodeSparse(ListSerializer(PromptMessage.serializer()), messages))
        }
    }
