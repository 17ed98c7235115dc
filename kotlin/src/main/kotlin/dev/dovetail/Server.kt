package dev.dovetail

import dev.dovetail.boundary.HandlerCalls
import dev.dovetail.boundary.Handlers
import dev.dovetail.boundary.Layers
import dev.dovetail.boundary.Library
import dev.dovetail.boundary.Port
import dev.dovetail.boundary.crossing
import dev.dovetail.generated.Codes
import java.lang.ref.Reference
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import kotlinx.serialization.serializer

/**
 * An MCP server: a name and typed tools, resources and prompts.
 *
 * They are defined before the first [serve] or the first client in this process; [add], [remove], [enable] and
 * [disable] change them later. A server that is forgotten is closed
 * when it is collected.
 *
 * @param name what clients see.
 * @param version the version of the application, as clients see it.
 * @param instructions how the server wants to be used, for the model.
 * @param dispatcher where handlers run. By default (null) a handler starts on the thread that reads the requests, which
 * is fastest, and goes on on [Dispatchers.Default] after its first suspension. When handlers have held that thread for
 * a millisecond, the next ones start on [Dispatchers.IO]; when one alone holds it for some milliseconds, another thread
 * goes on reading, for up to 64 such handlers at once. So a handler that blocks belongs into
 * `withContext(Dispatchers.IO)`, and a server of nothing else takes [Dispatchers.IO] here.
 * @param define defines what the server offers.
 */
public class Server(
    private val name: String,
    private val version: String = "0.0.0",
    private val instructions: String? = null,
    private val dispatcher: CoroutineDispatcher? = null,
    define: Server.() -> Unit = {},
) : AutoCloseable {
    /** Lets a call on a session revision go on after its connection broke, for clients that come back for the rest. */
    public var resumable: Boolean = false

    /** How many entries a page of a list has; null is one page for all. */
    public var pageSize: Int? = null

    /**
     * The ring of keys that seals the state of questions, so that a fleet of servers shares it; null is a key of this
     * process.
     */
    public var stateKeys: String? = null

    /** How long a handler may take; null is no limit. */
    public var callTimeout: Duration? = null

    /** Bounds of what the server takes. */
    public var limits: Limits = Limits()

    private val lock = Any()
    private val handlers = Handlers()
    private val layers = Layers()
    private val definitions = mutableListOf<Definition>()
    private val caches = mutableMapOf<String, JsonObject>()
    private var gathering: MutableList<Definition>? = null
    private val mounting = Mutex()

    /** What [mount] said, until the session has heard of it. */
    @Volatile private var mounted: JsonObject? = null
    private var port: Port? = null
    private var closed = false

    init {
        define()
    }

    /**
     * Defines a tool whose arguments are an object of the `@Serializable` class [I], such as
     * `tool<Add, Int>("add", "Add two numbers") { it.a + it.b }`.
     *
     * The schemas come from the classes. A result of type [String] or [Unit] is plain content, [Content] and a list of
     * it are content as well, a [ToolResult] is sent as it is; anything else is structured. What the handler throws
     * becomes a tool error with the exception's text.
     *
     * @param asks what the handler may ask; a client that cannot answer is then refused before the handler runs.
     * @param title a name for people.
     * @param once whether the last run happens once only, however often its answers arrive; null leaves it to the core:
     * yes for tools that say they destroy.
     * @param openAnswers takes answers to questions that this server has not put yet, as clients without its state send
     * them. Nothing then proves that a user saw the question: never for consent.
     * @throws DovetailError `invalid_argument` for a class without a JSON Schema; `invalid_state` when the server is in
     * use already, see [add].
     */
    public inline fun <reified I : Any, reified O> tool(
        name: String,
        description: String? = null,
        asks: Set<Ask> = emptySet(),
        title: String? = null,
        annotations: ToolAnnotations? = null,
        icons: List<Icon> = emptyList(),
        once: Boolean? = null,
        openAnswers: Boolean = false,
        noinline handler: suspend Context.(I) -> O,
    ) {
        val traits = ToolTraits(name, description, asks, title, annotations, icons, once, openAnswers)
        define(typedTool(traits, serializer<I>(), serializer<O>(), handler))
    }

    /** Defines a tool without arguments. */
    public inline fun <reified O> tool(
        name: String,
        description: String? = null,
        asks: Set<Ask> = emptySet(),
        title: String? = null,
        annotations: ToolAnnotations? = null,
        icons: List<Icon> = emptyList(),
        once: Boolean? = null,
        openAnswers: Boolean = false,
        noinline handler: suspend Context.() -> O,
    ) {
        val traits = ToolTraits(name, description, asks, title, annotations, icons, once, openAnswers)
        define(plainTool(traits, serializer<O>(), handler))
    }

    /**
     * Defines a tool whose arguments have a JSON Schema of one's own.
     *
     * @param output the schema of the value, when the type [O] does not say it.
     */
    public inline fun <reified O> tool(
        name: String,
        description: String?,
        schema: JsonObject,
        output: JsonObject? = null,
        asks: Set<Ask> = emptySet(),
        title: String? = null,
        annotations: ToolAnnotations? = null,
        icons: List<Icon> = emptyList(),
        once: Boolean? = null,
        openAnswers: Boolean = false,
        noinline handler: suspend Context.(JsonObject) -> O,
    ) {
        val traits = ToolTraits(name, description, asks, title, annotations, icons, once, openAnswers)
        define(schemaTool(traits, schema, output, serializer<O>(), handler))
    }

    /**
     * Defines a resource. Its handler returns text (a [String]), bytes (a [ByteArray]), [ResourceContents], or a list
     * of those; it may ask its client like a tool.
     *
     * @param name a name for lists and programs.
     * @param size in bytes, when known.
     */
    public inline fun <reified R : Any> resource(
        uri: String,
        name: String,
        description: String? = null,
        mimeType: String? = null,
        title: String? = null,
        size: Long? = null,
        annotations: Annotations? = null,
        icons: List<Icon>? = null,
        noinline handler: suspend Context.() -> R,
    ) {
        val resource = Resource(uri, name, title, description, mimeType, size, annotations, icons)
        define(resourceDefinition(resource, R::class, handler))
    }

    /**
     * Defines resources whose URIs follow a pattern, such as `users://{id}`; the variables are the properties of the
     * `@Serializable` class [V]. What the handler returns is as for [resource].
     *
     * @param completers suggest values, by variable.
     */
    public inline fun <reified V : Any, reified R : Any> resourceTemplate(
        uriTemplate: String,
        name: String,
        description: String? = null,
        mimeType: String? = null,
        title: String? = null,
        annotations: Annotations? = null,
        icons: List<Icon>? = null,
        completers: Map<String, Completer> = emptyMap(),
        noinline handler: suspend Context.(V) -> R,
    ) {
        val template = ResourceTemplate(uriTemplate, name, title, description, mimeType, annotations, icons)
        define(templateDefinition(template, serializer<V>(), R::class, completers, handler))
    }

    /**
     * Defines a prompt whose arguments are the properties of the `@Serializable` class [I], all of them text. Its
     * handler returns text (one message of the user), a [PromptMessage], a list of those, or a [PromptResult].
     *
     * @param completers suggest values, by argument.
     */
    public inline fun <reified I : Any, reified R : Any> prompt(
        name: String,
        description: String? = null,
        title: String? = null,
        icons: List<Icon> = emptyList(),
        asks: Set<Ask> = emptySet(),
        openAnswers: Boolean = false,
        completers: Map<String, Completer> = emptyMap(),
        noinline handler: suspend Context.(I) -> R,
    ) {
        val traits = PromptTraits(name, description, title, icons, asks, openAnswers, completers)
        define(typedPrompt(traits, serializer<I>(), R::class, handler))
    }

    /** Defines a prompt without arguments. */
    public inline fun <reified R : Any> prompt(
        name: String,
        description: String? = null,
        title: String? = null,
        icons: List<Icon> = emptyList(),
        asks: Set<Ask> = emptySet(),
        openAnswers: Boolean = false,
        noinline handler: suspend Context.() -> R,
    ) {
        val traits = PromptTraits(name, description, title, icons, asks, openAnswers, emptyMap())
        define(plainPrompt(traits, R::class, handler))
    }

    /**
     * Puts a layer around every request and notification that comes in; the first one is the outermost. Before the
     * first use.
     *
     * @param methods the only methods that it sees, such as `tools/call`; without any it sees all.
     */
    public fun layer(vararg methods: String, layer: Layer): Unit = synchronized(lock) {
        refuseWhenUsed()
        layers.add(methods.asList(), layer)
    }

    /**
     * Says for which hosts and origins [exchange] answers besides those of this machine: the values of the headers Host
     * and Origin, as for [Http]. Before the first use.
     */
    public fun mount(
        allowedHosts: List<String> = emptyList(),
        allowedOrigins: List<String> = emptyList(),
    ): Unit = synchronized(lock) {
        refuseWhenUsed()
        mounted = buildJsonObject {
            put("exchange", true)
            putAllowed(allowedHosts, allowedOrigins)
        }
    }

    /** Tells clients how long they may keep what they got, and whether others may see it. Before the first use. */
    public fun cache(what: Cacheable, ttl: Duration, scope: CacheScope): Unit = synchronized(lock) {
        caches[what.member] = buildJsonObject {
            put("ttlMs", ttl.inWholeMilliseconds)
            put("scope", scope.word)
        }
    }

    /**
     * Adds what [define] defines, also while the server serves; its clients are told.
     *
     * @throws DovetailError `invalid_argument` when something of that name is there already.
     */
    public fun add(define: Server.() -> Unit): Unit = synchronized(lock) {
        val added = mutableListOf<Definition>()
        gathering = added
        try {
            define()
        } finally {
            gathering = null
        }
        val port = port
        if (port == null) {
            definitions += added
        } else {
            handlers.register(added) { lists -> port.update(encode(JsonObject(mapOf("add" to JsonObject(lists))))) }
        }
    }

    /** Takes away what is named; its clients are told. What is not there is ignored. */
    public fun remove(
        tools: Collection<String> = emptyList(),
        resources: Collection<String> = emptyList(),
        resourceTemplates: Collection<String> = emptyList(),
        prompts: Collection<String> = emptyList(),
    ) {
        val names = namesOf(tools, resources, resourceTemplates, prompts)
        update("remove", members(names))
        for ((list, entries) in names) entries.forEach { handlers.forget(list, it) }
    }

    /** Shows again what [disable] has hidden. */
    public fun enable(
        tools: Collection<String> = emptyList(),
        resources: Collection<String> = emptyList(),
        resourceTemplates: Collection<String> = emptyList(),
        prompts: Collection<String> = emptyList(),
    ): Unit = update("enable", members(namesOf(tools, resources, resourceTemplates, prompts)))

    /** Hides what is named, as if it were not there. */
    public fun disable(
        tools: Collection<String> = emptyList(),
        resources: Collection<String> = emptyList(),
        resourceTemplates: Collection<String> = emptyList(),
        prompts: Collection<String> = emptyList(),
    ): Unit = update("disable", members(namesOf(tools, resources, resourceTemplates, prompts)))

    /** Tells the clients that want to know that a resource has changed. */
    public fun resourceUpdated(uri: String): Unit = update("updated", listOf(uri).toJson())

    /** Tells clients that lists have changed, for servers whose lists depend on something outside. */
    public fun announce(vararg lists: Change.Kind): Unit = update("changed", lists.map { it.word }.toJson())

    @PublishedApi
    internal fun define(definition: Definition): Unit = synchronized(lock) {
        gathering?.let {
            it += definition
            return
        }
        refuseWhenUsed()
        definitions += definition
    }

    private fun refuseWhenUsed() {
        if (closed || port != null) {
            throw DovetailError(Codes.INVALID_STATE, "the server is in use: add what comes later with add { … }")
        }
    }

    private fun update(what: String, change: JsonElement) = open().update(encode(JsonObject(mapOf(what to change))))

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

    /**
     * Takes an HTTP request that a server of somebody else's has received, such as Ktor, and answers what it is to send
     * back. Every method of the endpoint comes here: POST, GET, DELETE.
     *
     * When this returns the head of the response is there; its body may still be coming. Cancelling this, or the
     * collection of the body, tells that the peer has gone.
     *
     * @param body the whole body of the request. Bound what you read: more than `limits.body` is refused anyway.
     * @throws DovetailError `invalid_argument` for a head that is none, `closed` when the server is closed.
     */
    public suspend fun exchange(head: ExchangeHead, body: ByteArray = ByteArray(0)): ExchangeResponse =
        try {
            mountedPort().exchange(encode(head.describe()), body)
        } finally {
            Reference.reachabilityFence(this)
        }

    /** The session, after it has heard of [mount]. */
    private suspend fun mountedPort(): Port {
        val port = open()
        if (mounted != null) {
            mounting.withLock {
                mounted?.let { rules -> port.hold { key -> port.serve(key, encode(rules)) } }
                mounted = null
            }
        }
        return port
    }

    /** Closes the server: what is under way has a second to end. Blocks for that time; idempotent. */
    override fun close(): Unit = close(CLOSE_DEADLINE)

    /** Closes the server; what is under way has [deadline] to end. Blocks for that time; idempotent. */
    public fun close(deadline: Duration) {
        val port = synchronized(lock) {
            closed = true
            this.port
        }
        port?.close(deadline.inWholeMilliseconds)
    }

    /** The session, which is opened with what is defined by now. */
    internal fun open(): Port = synchronized(lock) {
        if (closed) throw DovetailError(Codes.CLOSED, "this server is closed")
        port ?: run {
            val session = handlers.register(definitions) { lists ->
                val config = encode(JsonObject(describe() + lists))
                crossing { Library.runtime.serverOpen(config) }
            }
            val opened = Port(session, "server", HandlerCalls(handlers, layers, dispatcher))
            opened.start(relieved = true)
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
        if (resumable) put("resumable", true)
        pageSize?.let { put("pageSize", it) }
        stateKeys?.let { put("stateKeys", it) }
        callTimeout?.let { put("callTimeoutMs", it.inWholeMilliseconds) }
        if (limits != Limits()) put("limits", sparseElement(Limits.serializer(), limits))
        if (caches.isNotEmpty()) put("cache", JsonObject(caches))
        layers.describe().takeIf { it.isNotEmpty() }?.let { put("layers", it) }
    }

    private companion object {
        val CLOSE_DEADLINE: Duration = 1.seconds

        fun namesOf(
            tools: Collection<String>,
            resources: Collection<String>,
            resourceTemplates: Collection<String>,
            prompts: Collection<String>,
        ): Map<Offers, Collection<String>> = mapOf(
            Offers.TOOLS to tools,
            Offers.RESOURCES to resources,
            Offers.TEMPLATES to resourceTemplates,
            Offers.PROMPTS to prompts,
        )

        fun members(names: Map<Offers, Collection<String>>): JsonObject =
            JsonObject(names.entries.associate { (list, entries) -> list.member to entries.toJson() })

        fun JsonObjectBuilder.putAllowed(hosts: List<String>, origins: List<String>) {
            if (hosts.isNotEmpty()) put("allowedHosts", hosts.toJson())
            if (origins.isNotEmpty()) put("allowedOrigins", origins.toJson())
        }

        fun configOf(transport: Transport): JsonObject = buildJsonObject {
            when (transport) {
                Stdio -> put("stdio", true)
                is Http -> {
                    put("http", transport.address)
                    transport.path?.let { put("path", it) }
                    if (transport.sse) put("sse", true)
                    putAllowed(transport.allowedHosts, transport.allowedOrigins)
                }
            }
        }
    }
}

internal fun Collection<String>.toJson(): JsonArray = JsonArray(map(::JsonPrimitive))
