// Tools that ask their client, linear in every era.

package dev.dovetail.conformance.everything

import dev.dovetail.Ask
import dev.dovetail.Context
import dev.dovetail.Elicitation
import dev.dovetail.SampleRequest
import dev.dovetail.Server
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

private val CONTACT = schema(
    """
    {"type": "object", "properties": {
      "username": {"type": "string", "description": "User name"},
      "email": {"type": "string", "format": "email", "description": "User email"}
    }, "required": ["username", "email"]}
    """,
)

private val DEFAULTS = schema(
    """
    {"type": "object", "properties": {
      "name": {"type": "string", "description": "User name", "default": "John Doe"},
      "age": {"type": "integer", "description": "User age", "default": 30},
      "score": {"type": "number", "description": "User score", "default": 95.5},
      "status": {"type": "string", "description": "User status",
        "enum": ["active", "inactive", "pending"], "default": "active"},
      "verified": {"type": "boolean", "description": "Verification status", "default": true}
    }}
    """,
)

private val ENUMS = schema(
    """
    {"type": "object", "properties": {
      "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
      "titledSingle": {"type": "string", "oneOf": [
        {"const": "value1", "title": "First Option"},
        {"const": "value2", "title": "Second Option"},
        {"const": "value3", "title": "Third Option"}]},
      "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"]},
      "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
      "titledMulti": {"type": "array", "items": {"anyOf": [
        {"const": "value1", "title": "First Choice"},
        {"const": "value2", "title": "Second Choice"},
        {"const": "value3", "title": "Third Choice"}]}}
    }}
    """,
)

@Serializable
private class Prompted(val prompt: String)

@Serializable
private class Messaged(val message: String)

/** What a form was answered with, in words. */
internal fun spoken(answer: Elicitation<JsonObject>): String =
    if (answer.accepted) "action=accept, content=${answer.content}" else "action=${answer.action.name.lowercase()}"

private suspend fun Context.defaults(): String =
    "Elicitation completed: ${spoken(elicit("Please review the form with defaults", DEFAULTS))}"

internal fun Server.asking() {
    tool<Prompted, String>("test_sampling", "Asks the client's model") {
        "LLM response: ${sample(SampleRequest(it.prompt, 100)).text}"
    }
    tool<Messaged, String>("test_elicitation", "Asks the user") {
        "User response: ${spoken(elicit(it.message, CONTACT))}"
    }
    tool<String>("test_elicitation_sep1034_defaults", "Asks with defaults") { defaults() }
    tool<String>("test_elicitation_sep1330_enums", "Asks with choices") {
        "Elicitation completed: ${spoken(elicit("Please select options", ENUMS))}"
    }
    tool<String>("test_streaming_elicitation", "Asks while it could report") { defaults() }
    tool<String>("test_missing_capability", "Needs a client that can sample", asks = setOf(Ask.SAMPLE)) {
        "The client can sample"
    }
}
