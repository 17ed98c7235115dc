package dev.dovetail

import dev.dovetail.boundary.EMPTY
import dev.dovetail.boundary.Library
import dev.dovetail.boundary.Operation
import dev.dovetail.boundary.Port
import dev.dovetail.boundary.crossing
import java.lang.ref.Reference.reachabilityFence
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.serialization.KSerializer
import kotlinx.serialization.builtins.serializer
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
public class Client private constructor(private val port: Port, private val local: List<Server>) : AutoCloseable {
    init {
        val session = port
        Library.cleaner.register(this) { session.beginClose(0) }
    }

    /**
     * Calls a tool and returns its value as [T]; [Unit] takes any, for a tool whose value is of no matter.
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

    /** The resources of the server, all pages. */
    public suspend fun listResources(): List<Resource> =
        decode(ResourceList.serializer(), request("list_resources", EMPTY)).resources

    /** The templates of resources of the server, all pages. */
    public suspend fun listResourceTemplates(): List<ResourceTemplate> =
        decode(ResourceTemplateList.serializer(), request("list_resource_templates", EMPTY)).resourceTemplates

    /** The prompts of the server, all pages. */
    public suspend fun listPrompts(): List<Prompt> =
        decode(PromptList.serializer(), request("list_prompts", EMPTY)).prompts

    /**
     * Reads a resource.
     *
     * @param fresh whether a kept answer will not do.
     * @throws DovetailError `unknown_resource` when there is none.
     */
    public suspend fun readResource(uri: String, fresh: Boolean = false): ReadResult {
        val options = buildJsonObject { if (fresh) put("fresh", true) }
        val raw = decode(JsonObject.serializer(), request("read_resource", encode(at(uri)), encode(options)))
        return ReadResult(decode(ReadResult.Body.serializer(), raw).contents, raw)
    }

    /**
     * Gets a prompt.
     *
     * @param arguments null (none), an object of a `@Serializable` class, a [Map] or a [JsonObject]; all values text.
     * @throws DovetailError `unknown_prompt` when there is none, `invalid_params` when an argument is missing.
     */
    public suspend fun getPrompt(name: String, arguments: Any? = null): PromptResult {
        val params = buildJsonObject {
            put("name", name)
            put("arguments", objectOf(arguments, "arguments of $name"))
        }
        return decode(PromptResult.serializer(), request("get_prompt", encode(params)))
    }

    /**
     * Asks for suggestions while an argument is typed.
     *
     * @param of the prompt or template that the argument belongs to.
     * @param context the arguments that are filled in already.
     */
    public suspend fun complete(
        of: Reference,
        argument: String,
        value: String,
        context: Map<String, String> = emptyMap(),
    ): Completion {
        val params = buildJsonObject {
            put("ref", of.describe())
            put("argument", argument)
            put("value", value)
            if (context.isNotEmpty()) put("context", objectOf(context, "the context"))
        }
        return decode(Completion.serializer(), request("complete", encode(params)))
    }

    /** Wants to know when a resource changes; [listen] then tells. Lasts until [unsubscribe]. */
    public suspend fun subscribe(uri: String) {
        request("subscribe", encode(at(uri)))
    }

    /** Ends what [subscribe] began. */
    public suspend fun unsubscribe(uri: String) {
        request("unsubscribe", encode(at(uri)))
    }

    /**
     * What changes at the server, from when the flow is collected until the collector has enough. A slow collector
     * misses the oldest.
     *
     * @param tools whether changes of the list of tools are wanted; likewise [prompts] and [resources].
     * @param uris resources whose contents are watched.
     * @param onListening is called with what the server granted, as soon as it tells: no change is missed from then on.
     */
    public fun listen(
        tools: Boolean = false,
        prompts: Boolean = false,
        resources: Boolean = false,
        uris: Collection<String> = emptyList(),
        onListening: suspend (Listening) -> Unit = {},
    ): Flow<Change> = flow {
        val filter = buildJsonObject {
            if (tools) put("tools", true)
            if (prompts) put("prompts", true)
            if (resources) put("resources", true)
            if (uris.isNotEmpty()) put("uris", uris.toJson())
        }
        request("listen", encode(filter)) { payload ->
            val news = decode(Change.News.serializer(), payload)
            if (news.kind != null) {
                emit(Change(news.kind, news.uri))
            } else {
                onListening(decode(Listening.serializer(), payload))
            }
        }
    }

    /** From which level on the server sends log messages. */
    public suspend fun setLogLevel(level: LogLevel) {
        request("set_log_level", encode(buildJsonObject { put("level", level.word) }))
    }

    /** Asks whether the server is there. */
    public suspend fun ping() {
        request("ping", EMPTY)
    }

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
        val data = body.data ?: JsonNull
        @Suppress("UNCHECKED_CAST")
        val typed = if (value.descriptor == Unit.serializer().descriptor) Unit as T else decode(value, data)
        return CallResult(typed, body.result)
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
            // A client whose call is under way is not forgotten, nor is a server of this process that it talks to.
            reachabilityFence(this)
            reachabilityFence(local)
        }

    public companion object {
        private fun at(uri: String): JsonObject = buildJsonObject { put("uri", uri) }

        private val CLOSE_DEADLINE: Duration = 1.seconds

        /**
         * Connects to a server at a URL, `http` or `https`. A string is never a command.
         *
         * @throws DovetailError `invalid_argument` for anything else; `transport`, `negotiation` and others when the
         * connection fails.
         */
        public suspend fun connect(url: String, configure: ClientOptions.() -> Unit = {}): Client {
            val options = ClientOptions().apply(configure)
            return open(options, Place(targetOf(url, options.headers)))
        }

        /** Starts a server as a child process and connects to it. */
        public suspend fun connect(command: Command, configure: ClientOptions.() -> Unit = {}): Client =
            open(ClientOptions().apply(configure), Place(targetOf(command), respawn = command.respawn))

        /** Connects to a server of this process. */
        public suspend fun connect(server: Server, configure: ClientOptions.() -> Unit = {}): Client =
            open(
                ClientOptions().apply(configure),
                Place(buildJsonObject { put("server", true) }, listOf(server)),
            )

        /**
         * Connects to several servers and talks to them as if they were one:
         * `Client.group { add("notes", url); add("files", Command("files-server")) }`.
         *
         * @throws DovetailError what the first member that cannot be reached says; `context["server"]` names it.
         */
        public suspend fun group(configure: ClientOptions.() -> Unit = {}, members: Group.() -> Unit): Client =
            open(ClientOptions().apply(configure), Group().apply(members).target())

        private suspend fun open(options: ClientOptions, target: Place): Client {
            val config = encode(options.describe(target))
            // The one server of this process; several are named by their ids.
            val local = target.local.singleOrNull()?.open()?.uniffi
            val session = crossing { Library.runtime.clientOpen(Port.CONNECT_KEY.toULong(), config, local) }
            val questions = options.listener()
            val port = Port(session, "client", questions)
            val connecting = Operation()
            port.expect(connecting)
            port.start(relieved = questions.onPump)
            var connected = false
            try {
                port.connected(connecting)
                connected = true
            } finally {
                if (!connected) port.beginClose(0)
            }
            return Client(port, target.local)
        }
    }
}
