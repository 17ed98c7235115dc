// Resources and prompts.

package dev.dovetail.conformance.everything

import dev.dovetail.Completer
import dev.dovetail.Description
import dev.dovetail.PromptMessage
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
private class Variables(val id: String)

@Serializable
private class Two(
    @Description("First argument") val arg1: String,
    @Description("Second argument") val arg2: String,
)

@Serializable
private class Embedded(@Description("URI of the resource") val resourceUri: String)

private val words = Completer { typed ->
    listOf("paris", "park", "party", "test", "testing").filter { it.startsWith(typed.value) }
}

internal fun Server.resources() {
    resource("test://static-text", "Static text", "Text that never changes", "text/plain") {
        "This is the content of the static text resource."
    }
    resource("test://static-binary", "Static binary", "Bytes that never change", "image/png") { PNG }
    resource("test://watched-resource", "Watched", "Can be subscribed to", "text/plain") { "Watched resource content" }
    resourceTemplate<Variables, String>(
        "test://template/{id}/data",
        "Template",
        "Data by id",
        "application/json",
    ) { """{"id":"${it.id}","templateTest":true,"data":"Data for ID: ${it.id}"}""" }
}

internal fun Server.prompts() {
    prompt<String>("test_simple_prompt", "A prompt without arguments") { "This is a simple prompt for testing." }
    prompt<Two, String>(
        "test_prompt_with_arguments",
        "A prompt with two arguments",
        completers = mapOf("arg1" to words, "arg2" to words),
    ) { "Prompt with arguments: arg1='${it.arg1}', arg2='${it.arg2}'" }
    prompt<Embedded, List<PromptMessage>>("test_prompt_with_embedded_resource", "A prompt with a resource") {
        listOf(
            PromptMessage.user(embedded(it.resourceUri, "text/plain", "Embedded resource content for testing.")),
            PromptMessage.user("Please process the embedded resource above."),
        )
    }
    prompt<List<PromptMessage>>("test_prompt_with_image", "A prompt with an image") {
        listOf(PromptMessage.user(image()), PromptMessage.user("Please analyze the image above."))
    }
}
