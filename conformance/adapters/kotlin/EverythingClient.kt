// The client that the official conformance suite tests, over the public API: `everything-client URL`. What to do comes
// in the environment, as the suite sets it.

package dev.dovetail.conformance.everything

import dev.dovetail.Client
import dev.dovetail.DovetailError
import dev.dovetail.Elicitation
import dev.dovetail.Root
import dev.dovetail.SampleResult
import kotlin.system.exitProcess
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonPrimitive

@Serializable
private class Task(val toolCalls: List<ToolCall> = emptyList())

@Serializable
private class ToolCall(val name: String, val arguments: JsonObject = JsonObject(emptyMap()))

private val lenient = Json { ignoreUnknownKeys = true }

suspend fun main(args: Array<String>) {
    val scenario = System.getenv("MCP_CONFORMANCE_SCENARIO").orEmpty()
    val url = args.lastOrNull()
    if (scenario.isEmpty() || url == null) {
        System.err.println("usage: MCP_CONFORMANCE_SCENARIO=… everything-client URL")
        exitProcess(2)
    }
    try {
        connect(url).use { run(it, scenario) }
    } catch (error: DovetailError) {
        System.err.println("$scenario: ${error.message}")
        exitProcess(1)
    }
}

private suspend fun run(client: Client, scenario: String) {
    val tools = client.listTools()
    when (scenario) {
        "initialize", "request-metadata", "json-schema-ref-no-deref" -> Unit
        "tools_call" -> client.call<JsonElement>("add_numbers", mapOf("a" to 5, "b" to 3))
        "elicitation-sep1034-client-defaults" -> client.call<JsonElement>("test_client_elicitation_defaults")
        "sse-retry" -> client.call<JsonElement>("test_reconnection")
        // All at once: what belongs to one must not reach another.
        "sep-2322-client-request-state" -> coroutineScope {
            tools.map { async { client.callRaw(it.name, example(it.inputSchema)) } }.awaitAll()
        }
        "http-standard-headers" -> everything(client)
        "http-custom-headers" -> {
            val task = System.getenv("MCP_CONFORMANCE_CONTEXT") ?: "{}"
            for (call in lenient.decodeFromString<Task>(task).toolCalls) client.callRaw(call.name, call.arguments)
        }
        "http-invalid-tool-headers" -> for (tool in tools) client.callRaw(tool.name, example(tool.inputSchema))
        "json-schema-2020-12-preservation" -> {
            val schema = tools.first { it.name == "json_schema_2020_12_tool" }.inputSchema
            client.call<JsonElement>("json_schema_echo", mapOf("schema" to schema))
        }
        else -> {
            System.err.println("nothing is known about the scenario $scenario")
            exitProcess(1)
        }
    }
}

private suspend fun connect(url: String): Client = Client.connect(url) {
    name = "dovetail-conformance"
    version = "1.0.0"
    // The suite means sessions by every date that it names but the newest, which is what is found by itself.
    System.getenv("MCP_CONFORMANCE_PROTOCOL_VERSION")?.takeIf { it in sessions }?.let { revision = it }
    onElicit { question -> Elicitation.accept(question.defaults) }
    onElicitUrl { Elicitation.Action.ACCEPT }
    onSample { SampleResult.text("This is a test response.", "test-model") }
    roots(Root("file:///workspace"))
}

private val sessions = setOf("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")

/** Every request that the suite looks at, once. */
private suspend fun everything(client: Client) {
    for (tool in client.listTools()) client.callRaw(tool.name, example(tool.inputSchema))
    for (resource in client.listResources()) client.readResource(resource.uri)
    for (prompt in client.listPrompts()) client.getPrompt(prompt.name, prompt.arguments.associate { it.name to "test" })
}

/** Arguments that a schema of flat, required properties accepts. */
private fun example(schema: JsonObject): JsonObject {
    val properties = schema["properties"] as? JsonObject ?: return JsonObject(emptyMap())
    val required = (schema["required"] as? JsonArray).orEmpty().map { it.jsonPrimitive.content }
    return JsonObject(
        required.associateWith { name ->
            when (((properties[name] as? JsonObject)?.get("type") as? JsonPrimitive)?.content) {
                "integer", "number" -> JsonPrimitive(1)
                "boolean" -> JsonPrimitive(true)
                "array" -> JsonArray(emptyList())
                "object" -> JsonObject(emptyMap())
                else -> JsonPrimitive("test")
            }
        },
    )
}
