// Tools and a prompt whose questions travel in results, under the names that the suite looks for.

package dev.dovetail.conformance.everything

import dev.dovetail.SampleRequest
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
private class Name(val name: String)

private val NAME = form("name", "string")
private val CONFIRM = form("ok", "boolean")
private val COLOR = form("color", "string")
private val TOPIC = form("context", "string")

private fun form(property: String, type: String) =
    schema("""{"type": "object", "properties": {"$property": {"type": "$type"}}, "required": ["$property"]}""")

internal fun Server.rounds() {
    // The suite answers this question before it is put.
    tool<String>("test_input_required_result_elicitation", "Asks for a name", openAnswers = true) {
        "Hello: ${spoken(elicit("What is your name?", NAME, "user_name"))}"
    }
    tool<String>("test_input_required_result_sampling", "Asks the model") {
        val answers = ask { sample("capital_question", SampleRequest("What is the capital of France?", 100)) }
        "The model said: ${answers.sample("capital_question").text}"
    }
    tool<String>("test_input_required_result_list_roots", "Asks for roots") {
        "Roots: ${ask { roots("client_roots") }.roots("client_roots").joinToString { it.uri }}"
    }
    for ((name, description) in mapOf("request" to "Keeps its state", "tampered" to "Guards its state")) {
        tool<String>("test_input_required_result_${name}_state", description) {
            "state-ok: ${spoken(elicit("Please confirm", CONFIRM, "confirm"))}"
        }
    }
    tool<String>("test_input_required_result_multiple_inputs", "Asks three things at once") {
        val answers = ask {
            form<Name>("user_name", "What is your name?")
            sample("greeting", SampleRequest("Generate a greeting", 50))
            roots("client_roots")
        }
        "All answered: ${answers.form<Name>("user_name").content?.name}"
    }
    tool<String>("test_input_required_result_multi_round", "Asks twice") {
        val name = elicit("Step 1: What is your name?", NAME, "step1")
        val color = elicit("Step 2: What is your favorite color?", COLOR, "step2")
        "Done: ${spoken(name)} and ${spoken(color)}"
    }
    tool<String>("test_input_required_result_capabilities", "Asks what can be answered") {
        val able = info.clientCapabilities.orEmpty().keys
        if ("sampling" in able) sample(SampleRequest("Say hello", 50))
        if ("elicitation" in able) elicit("What is your name?", NAME, "user_name")
        "Everything that this client can answer was asked"
    }
    prompt<String>("test_input_required_result_prompt", "Asks before it is written") {
        "Use this context: ${spoken(elicit("What context should the prompt use?", TOPIC, "user_context"))}"
    }
}
