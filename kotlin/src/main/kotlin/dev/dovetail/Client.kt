package dev.dovetail

import dev.dovetail.boundary.EMPTY
import dev.dovetail.boundary.Library
import dev.dovetail.boundary.Operation
import dev.dovetail.boundary.Port
import dev.dovetail.boundary.Questions
import dev.dovetail.boundary.crossing
import java.lang.ref.Reference
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.serializer

/**
 * A connection to an MCP server: `Client.connect(url).use { it.call<Int>("add", Add(1, 2)).data }`.
 *
 * Calls may run at the same time; cancelling the calling coroutine cancels the call. A client that is forgotten is
 * closed when it is collected.
 */
public class Client private constructor(private val port: Port, private val server: Server?) : AutoCloseable {
    init {
        val session = port
        Library.cleaner.register(this) { session.beginClose(0) }
    }

    /**
     * Calls a tool and returns its value as [T].
     *
     * @param arguments null (none), an object of a `@Serializable` class, a [Map] or a [JsonObject].
     * @param timeout what the call may take; null is the timeout of the client.
     * @param onProgress sees the progress of the call, in the coroutine of the caller; a slow one misses reports.
     * @throws DovetailError `tool_error` when the tool reports an error; whatever else went wrong.
     */
    public suspend inline fun <reified T> call(
        name: String,
        arguments: Any? = null,
        timeout: Duration? = null,
        noinline onProgress: (suspend (Progress) -> Unit)? = null,
    ): CallResult<T> = call(name, arguments, timeout, onProgress, serializer<T>())

    /**
     * Calls a tool and returns whatever it answers, errors of the tool included (see [CallResult.isError]).
     *
     * @throws DovetailError when the call itself fails.
     */
    public suspend fun callRaw(
        name: String,
        arguments: Any? = null,
        timeout: Duration? = null,
        onProgress: (suspend (Progress) -> Unit)? = null,
    ): CallResult<JsonElement> {
        val body = perform(name, arguments, timeout, onProgress, raw = true)
        return CallResult(body.data ?: JsonNull, body.result)
    }

    /** The tools of the server, all pages. */
    public suspend fun listTools(): List<Tool> = decode(ToolList.serializer(), request("list_tools", EMPTY)).tools

    /** What the server told about itself. */
    public suspend fun serverInfo(): ServerInfo = decode(ServerInfo.serializer(), request("server_info", EMPTY))

    /** Closes the connection, and ends the process of a [Command]. Blocks for a second at most; idempotent. */
    override fun close(): Unit = close(CLOSE_DEADLINE)

    /** Closes the connection; what is under way has [deadline] to end. Blocks for that time; idempotent. */
    public fun close(deadline: Duration): Unit = port.close(deadline.inWholeMilliseconds)

    @PublishedApi
    internal suspend fun <T> call(
        name: String,
        arguments: Any?,
        timeout: Duration?,
        onProgress: (suspend (Progress) -> Unit)?,
        value: KSerializer<T>,
    ): CallResult<T> {
        val body = perform(name, arguments, timeout, onProgress, raw = false)
        return CallResult(decode(value, body.data ?: JsonNull), body.result)
    }

    private suspend fun perform(
        name: String,
        arguments: Any?,
        timeout: Duration?,
        onProgress: (suspend (Progress) -> Unit)?,
        raw: Boolean,
    ): CallResult.Body {
        val params = buildJsonObject {
            put("name", name)
            put("arguments", objectOf(arguments, "arguments of $name"))
        }
        val options = buildJsonObject {
            timeout?.let { put("timeoutMs", it.inWholeMilliseconds) }
            if (onProgress != null) put("progress", true)
            if (raw) put("raw", true)
        }
        val watch: (suspend (ByteArray) -> Unit)? =
            onProgress?.let { report -> { payload -> report(decode(Progress.serializer(), payload)) } }
        return decode(CallResult.Body.serializer(), request("call_tool", encode(params), encode(options), watch))
    }

    private suspend fun request(
        operation: String,
        params: ByteArray,
        options: ByteArray = EMPTY,
        watch: (suspend (ByteArray) -> Unit)? = null,
    ): ByteArray =
        try {
            port.run(watch) { key -> port.request(key, operation, params, options) }
        } finally {
            // A client whose call is under way is not forgotten, nor is the server that it talks to.
            Reference.reachabilityFence(this)
            Reference.reachabilityFence(server)
        }

    public companion object {
        private val CLOSE_DEADLINE: Duration = 1.seconds

        /**
         * Connects to a server at a URL, `http` or `https`. A string is never a command.
         *
         * @throws DovetailError `invalid_argument` for anything else; `transport`, `negotiation` and others when the
         * connection fails.
         */
        public suspend fun connect(url: String, configure: ClientOptions.() -> Unit = {}): Client {
            val options = ClientOptions().apply(configure)
            return open(options, options.targetOf(url), null)
        }

        /** Starts a server as a child process and connects to it. */
        public suspend fun connect(command: Command, configure: ClientOptions.() -> Unit = {}): Client =
            open(ClientOptions().apply(configure), targetOf(command), null)

        /** Connects to a server of this process. */
        public suspend fun connect(server: Server, configure: ClientOptions.() -> Unit = {}): Client =
            open(ClientOptions().apply(configure), buildJsonObject { put("server", true) }, server)

        private suspend fun open(options: ClientOptions, target: JsonObject, server: Server?): Client {
            val config = encode(options.describe(target))
            val local = server?.open()?.uniffi
            val session = crossing { Library.runtime.clientOpen(Port.CONNECT_KEY.toULong(), config, local) }
            val port = Port(session, "client", Questions(options.questionHandler))
            val connecting = Operation(watched = false)
            port.expect(connecting)
            port.start()
            var connected = false
            try {
                port.connected(connecting)
                connected = true
            } finally {
                if (!connected) port.beginClose(0)
            }
            return Client(port, server)
        }
    }
}
