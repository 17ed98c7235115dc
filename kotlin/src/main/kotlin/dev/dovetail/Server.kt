package dev.dovetail

import dev.dovetail.boundary.Library
import dev.dovetail.boundary.Port
import dev.dovetail.boundary.ToolCalls
import dev.dovetail.boundary.crossing
import dev.dovetail.generated.Codes
import java.lang.ref.Reference
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import kotlinx.serialization.serializer

/**
 * An MCP server: a name and typed tools.
 *
 * Tools are defined before the first [serve] or the first client in this process. A server that is forgotten is closed
 * when it is collected.
 *
 * @param name what clients see.
 * @param version the version of the application, as clients see it.
 * @param instructions how the server wants to be used, for the model.
 * @param dispatcher where handlers run. The default has a thread per core: a handler that blocks belongs into
 * `withContext(Dispatchers.IO)`. With [Dispatchers.Unconfined] handlers run on the thread that reads requests, which is
 * fastest for those that neither block nor compute for long.
 * @param define defines the tools.
 */
public class Server(
    private val name: String,
    private val version: String = "0.0.0",
    private val instructions: String? = null,
    private val dispatcher: CoroutineDispatcher = Dispatchers.Default,
    define: Server.() -> Unit = {},
) : AutoCloseable {
    private val tools = mutableListOf<ToolDefinition>()
    private var port: Port? = null
    private var closed = false

    init {
        define()
    }

    /**
     * Defines a tool whose arguments are an object of the `@Serializable` class [I], such as
     * `tool<Add, Int>("add", "Add two numbers") { it.a + it.b }`.
     *
     * The schemas come from the classes. A result of type [String] or [Unit] is plain content; anything else is
     * structured as well. What the handler throws becomes a tool error with the exception's text.
     *
     * @param asks what the handler may ask; a client that cannot answer is then refused before the handler runs.
     * @throws DovetailError `invalid_argument` for a class without a JSON Schema; `invalid_state` when the server is in
     * use already.
     */
    public inline fun <reified I : Any, reified O> tool(
        name: String,
        description: String? = null,
        asks: Set<Ask> = emptySet(),
        noinline handler: suspend Context.(I) -> O,
    ) {
        define(ToolDefinition.typed(name, description, asks, serializer<I>(), serializer<O>(), handler))
    }

    /** Defines a tool without arguments. */
    public inline fun <reified O> tool(
        name: String,
        description: String? = null,
        asks: Set<Ask> = emptySet(),
        noinline handler: suspend Context.() -> O,
    ) {
        define(ToolDefinition.plain(name, description, asks, serializer<O>(), handler))
    }

    @PublishedApi
    internal fun define(tool: ToolDefinition): Unit = synchronized(tools) {
        if (closed || port != null) {
            throw DovetailError(Codes.INVALID_STATE, "tools are defined before the server is used")
        }
        tools += tool
    }

    /**
     * Serves until the input ends ([Stdio]), the server is closed, or the calling coroutine is cancelled.
     *
     * @param onListening gets the URL as soon as [Http] listens.
     * @throws DovetailError `transport` when the address is not to be had, `closed` when the server was closed before.
     */
    public suspend fun serve(transport: Transport, onListening: suspend (url: String) -> Unit = {}) {
        val port = open()
        val config = encode(configOf(transport))
        try {
            port.run(
                watch = { ready ->
                    decode(JsonObject.serializer(), ready)["url"]?.jsonPrimitive?.contentOrNull?.let { onListening(it) }
                },
            ) { key -> port.serve(key, config) }
        } catch (end: DovetailError) {
            if (end.code != Codes.CLOSED) throw end
        } finally {
            // A server that serves is not forgotten, even when nobody else holds it.
            Reference.reachabilityFence(this)
        }
    }

    /** Closes the server: what is under way has a second to end. Blocks for that time; idempotent. */
    override fun close(): Unit = close(CLOSE_DEADLINE)

    /** Closes the server; what is under way has [deadline] to end. Blocks for that time; idempotent. */
    public fun close(deadline: Duration) {
        val port = synchronized(tools) {
            closed = true
            this.port
        }
        port?.close(deadline.inWholeMilliseconds)
    }

    /** The session, which is opened with the tools that are defined by now. */
    internal fun open(): Port = synchronized(tools) {
        if (closed) throw DovetailError(Codes.CLOSED, "this server is closed")
        port ?: run {
            val config = encode(describe())
            val session = crossing { Library.runtime.serverOpen(config) }
            val opened = Port(session, "server", ToolCalls(tools.toList(), dispatcher))
            opened.start()
            Library.cleaner.register(this) { opened.beginClose(0) }
            port = opened
            opened
        }
    }

    private fun describe(): JsonObject = buildJsonObject {
        put(
            "info",
            buildJsonObject {
                put("name", name)
                put("version", version)
            },
        )
        instructions?.let { put("instructions", it) }
        put("tools", JsonArray(tools.map { it.describe() }))
    }

    private companion object {
        val CLOSE_DEADLINE: Duration = 1.seconds

        fun configOf(transport: Transport): JsonObject = buildJsonObject {
            when (transport) {
                Stdio -> put("stdio", true)
                is Http -> {
                    put("http", transport.address)
                    transport.path?.let { put("path", it) }
                    if (transport.allowedHosts.isNotEmpty()) put("allowedHosts", transport.allowedHosts.toJson())
                    if (transport.allowedOrigins.isNotEmpty()) put("allowedOrigins", transport.allowedOrigins.toJson())
                }
            }
        }
    }
}

internal fun List<String>.toJson(): JsonArray = JsonArray(map(::JsonPrimitive))
