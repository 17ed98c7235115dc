// The client under test of the shared cases: obeys JSON lines on standard input and answers on standard output; see
// conformance/cases/README.md.

package dev.dovetail.conformance.cases

import dev.dovetail.Change
import dev.dovetail.Client
import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import dev.dovetail.Listening
import dev.dovetail.Progress
import java.util.concurrent.ConcurrentHashMap
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.encodeToJsonElement
import kotlinx.serialization.json.put

/** One line from the runner. */
@Serializable
private class Order(
    val id: Long,
    val `do`: String,
    val client: String = "main",
    val target: Target = Target(),
    val options: Options = Options(),
    val tool: String = "",
    val name: String = "",
    val arguments: JsonObject = JsonObject(emptyMap()),
    val timeoutMs: Long? = null,
    val progress: Boolean = false,
    val raw: Boolean = false,
    val what: String = "",
    val uri: String = "",
    val tools: Boolean = false,
    val prompts: Boolean = false,
    val resources: Boolean = false,
    val uris: List<String> = emptyList(),
    val of: Long = 0,
)

/** A stream of changes, which is read ahead of the runner. */
private class Stream(val reader: Job, val changes: Channel<Change>)

private class Program(private val scope: CoroutineScope) {
    private val clients = ConcurrentHashMap<String, Opened>()
    private val streams = ConcurrentHashMap<Long, Stream>()
    private val running = ConcurrentHashMap<Long, Job>()

    fun obey(order: Order) {
        // Found from its first moment on, so that it can be taken back.
        val job = scope.launch(start = CoroutineStart.LAZY) {
            val outcome = try {
                "ok" to act(order)
            } catch (failure: DovetailError) {
                "error" to error(failure)
            } catch (_: CancellationException) {
                "error" to error(DovetailError(ErrorCode.CANCELLED, "taken back"))
            }
            running.remove(order.id)
            say(
                buildJsonObject {
                    put("id", order.id)
                    put(outcome.first, outcome.second)
                },
            )
        }
        running[order.id] = job
        job.start()
    }

    fun close() = clients.values.forEach { it.client.close() }

    private fun client(order: Order): Client = opened(order).client

    private fun opened(order: Order): Opened =
        clients[order.client] ?: throw DovetailError(ErrorCode.INVALID_ARGUMENT, "no client ${order.client}")

    private fun stream(order: Order): Stream =
        streams[order.of] ?: throw DovetailError(ErrorCode.INVALID_ARGUMENT, "no stream ${order.of}")

    private suspend fun act(order: Order): JsonElement = when (order.`do`) {
        "connect" -> connect(order)
        "call" -> call(order)
        "list" -> list(client(order), order.what)
        "read" -> text(client(order).readResource(order.uri).contents.first().text)
        "prompt" -> text(client(order).getPrompt(order.name, order.arguments).messages.first().content.text)
        "listen" -> listen(order)
        "next" -> next(stream(order))
        "stop" -> nothing { stream(order).reader.cancelAndJoin() }
        "cancel" -> nothing { running[order.of]?.cancel() }
        "journal" -> Json.encodeToJsonElement(opened(order).journal.take())
        "ping" -> nothing { client(order).ping() }
        "close" -> nothing { withContext(Dispatchers.IO) { client(order).close() } }
        else -> throw DovetailError(ErrorCode.INVALID_ARGUMENT, "nothing is known about ${order.`do`}")
    }

    private suspend fun connect(order: Order): JsonElement {
        val opened = open(order.target, order.options)
        clients[order.client] = opened
        if (order.target.group != null) {
            return buildJsonObject {
                put("revision", JsonNull)
                put("name", "group")
            }
        }
        val info = opened.client.serverInfo()
        return buildJsonObject {
            put("revision", info.revision)
            put("name", info.info?.get("name") ?: JsonNull)
        }
    }

    private suspend fun call(order: Order): JsonElement {
        val client = client(order)
        val timeout = order.timeoutMs?.milliseconds
        val report: (suspend (Progress) -> Unit)? = if (!order.progress) null else { progress ->
            say(
                buildJsonObject {
                    put("event", "progress")
                    put("of", order.id)
                    put("progress", progress.progress)
                },
            )
        }
        val result = if (order.raw) {
            client.callRaw(order.tool, order.arguments, timeout, report)
        } else {
            client.call<JsonElement>(order.tool, order.arguments, timeout, report)
        }
        return buildJsonObject {
            put("text", result.text)
            put("isError", result.isError)
        }
    }

    private suspend fun list(client: Client, what: String): JsonElement = Json.encodeToJsonElement(
        when (what) {
            "tools" -> client.listTools().map { it.name }
            "resources" -> client.listResources().map { it.uri }
            "resource_templates" -> client.listResourceTemplates().map { it.uriTemplate }
            "prompts" -> client.listPrompts().map { it.name }
            else -> throw DovetailError(ErrorCode.INVALID_ARGUMENT, "there is no list of $what")
        },
    )

    private suspend fun listen(order: Order): JsonElement {
        val granted = CompletableDeferred<Listening>()
        val changes = Channel<Change>(Channel.UNLIMITED)
        val reader = scope.launch {
            try {
                client(order).listen(order.tools, order.prompts, order.resources, order.uris, granted::complete)
                    .collect { changes.send(it) }
            } catch (failure: DovetailError) {
                granted.completeExceptionally(failure)
                changes.close(failure)
            } finally {
                changes.close()
            }
        }
        streams[order.id] = Stream(reader, changes)
        return complete.encodeToJsonElement(granted.await())
    }

    private suspend fun next(stream: Stream): JsonElement {
        val change = stream.changes.receiveCatching()
        change.exceptionOrNull()?.let { throw it }
        return change.getOrNull()?.let { Json.encodeToJsonElement(it) } ?: JsonNull
    }

    private inline fun nothing(act: () -> Unit): JsonElement {
        act()
        return JsonNull
    }

    private companion object {
        val complete = Json { encodeDefaults = true }
    }
}

private val orders = Json { ignoreUnknownKeys = true }

fun main() {
    val work = CoroutineScope(Dispatchers.Default + SupervisorJob())
    val program = Program(work)
    for (line in generateSequence(::readlnOrNull)) program.obey(orders.decodeFromString(line))
    program.close()
    work.coroutineContext.cancelChildren()
}
