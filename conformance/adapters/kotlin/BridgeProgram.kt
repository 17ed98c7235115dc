// Drives the native layer's testkit session line by line, for the bridge scripts: no part of the host package but its
// declarations of the native functions is used.

package dev.dovetail.conformance.bridge

import com.sun.jna.Pointer
import dev.dovetail.DovetailError
import dev.dovetail.boundary.Abi
import dev.dovetail.boundary.EMPTY
import dev.dovetail.boundary.Event
import dev.dovetail.boundary.EventBuffer
import dev.dovetail.boundary.Library
import dev.dovetail.boundary.crossing
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Kinds
import dev.dovetail.generated.Session
import java.util.HexFormat
import kotlin.system.exitProcess
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put

private const val MAX_EVENTS = 64
private const val BIG_TIMEOUT_MS = 10_000L
private val PENDING = 1_000_000L..1_000_003L

private val kindNames = mapOf(
    Kinds.CALL to "call", Kinds.DONE to "done", Kinds.CANCELLED to "cancelled", Kinds.PROGRESS to "progress",
    Kinds.INPUT to "input", Kinds.READY to "ready", Kinds.LOG to "log", Kinds.CLOSED to "closed", Kinds.HEAD to "head",
    Kinds.CHUNK to "chunk", Kinds.CHANGE to "change", Kinds.MESSAGE to "message", Kinds.INTERCEPT to "intercept",
)

private class Driver {
    private var native: Session? = null
    private val session: Pointer
        get() = Pointer((native ?: throw DovetailError(Codes.INVALID_STATE, "nothing is open")).handle().toLong())
    private val events = EventBuffer()

    fun perform(line: JsonObject): JsonObject {
        val key = line.number("key")
        val call = line.number("call")
        val more = when (val verb = line.text("do")) {
            "open" -> none { native = crossing { Library.runtime.testkitOpen() } }
            "request" -> none { request(key, line.text("op"), line.bytes("params")) }
            "cancel" -> none { Abi.check(Abi.dovetail_cancel(session, key)) }
            "reply" -> none { reply(call, line.number("shape").toInt(), line.bytes("json")) }
            "proceed" -> none { proceed(call, key, line.bytes("json")) }
            "raw_reply" -> none { reply(call, 0, HexFormat.of().parseHex(line.text("hex"))) }
            "fail" -> none { fail(call, line.failure()) }
            "progress" -> none { progress(call, line.bytes("json")) }
            "ask" -> none { crossing { open().ask(call.toULong(), key.toULong(), line.bytes("json")) } }
            "call_info" -> mapOf("info" to parse(crossing { open().callInfo(call.toULong()) }))
            "close" -> none { crossing { open().closeSession(key.toULong(), line.number("deadline").toULong()) } }
            "next" -> {
                val max = line["max"]?.jsonPrimitive?.int ?: MAX_EVENTS
                mapOf("events" to JsonArray(next(max, line.number("timeout")).map(::describe)))
            }
            "status" -> mapOf("status" to parse(open().status()))
            "big" -> mapOf("length" to JsonPrimitive(big(key, line.number("bytes").toInt())))
            "exit_pending" -> leave()
            else -> throw DovetailError(Codes.INVALID_ARGUMENT, "unknown line: $verb")
        }
        return JsonObject(mapOf("ok" to JsonPrimitive(true)) + more)
    }

    /** Ends the program the normal way, with operations under way. */
    private fun leave(): Nothing {
        if (native == null) native = crossing { Library.runtime.testkitOpen() }
        for (key in PENDING) request(key, "never", EMPTY)
        exitProcess(0)
    }

    private fun open(): Session = native ?: throw DovetailError(Codes.INVALID_STATE, "nothing is open")

    private fun request(key: Long, operation: String, params: ByteArray) {
        val name = operation.encodeToByteArray()
        Abi.check(
            Abi.dovetail_request(
                session, key, name, name.size.toLong(), params, params.size.toLong(), EMPTY, 0,
            ),
        )
    }

    private fun reply(call: Long, shape: Int, json: ByteArray) =
        Abi.check(Abi.dovetail_reply(session, call, shape, json, json.size.toLong()))

    private fun fail(call: Long, failure: ByteArray) =
        Abi.check(Abi.dovetail_fail(session, call, failure, failure.size.toLong()))

    private fun proceed(call: Long, key: Long, patch: ByteArray) =
        Abi.check(Abi.dovetail_proceed(session, call, key, patch, patch.size.toLong()))

    private fun progress(call: Long, progress: ByteArray) =
        Abi.check(Abi.dovetail_progress(session, call, progress, progress.size.toLong()))

    private fun next(max: Int, timeout: Long): List<Event> {
        Abi.check(
            events.fetch { buffer, capacity, used ->
                Abi.dovetail_next_events(session, max, timeout, buffer, capacity, used)
            },
        )
        return generateSequence(events::next).toList()
    }

    private fun big(key: Long, bytes: Int): Int {
        request(key, "echo", "{\"text\":\"${"x".repeat(bytes)}\"}".encodeToByteArray())
        while (true) {
            val done = next(1, BIG_TIMEOUT_MS).ifEmpty { throw DovetailError(Codes.DEADLINE_EXCEEDED, "no completion") }
                .single()
            if (done.kind == Kinds.DONE && done.key == key) {
                return parse(done.payload).jsonObject.text("text").length
            }
        }
    }

    private fun describe(event: Event): JsonObject = buildJsonObject {
        put("kind", kindNames[event.kind] ?: event.kind.toString())
        put("code", event.code)
        put("key", event.key)
        put("payload", if (event.payload.isEmpty()) JsonNull else parse(event.payload))
    }
}

private fun none(act: () -> Unit): Map<String, Nothing> {
    act()
    return emptyMap()
}

private fun parse(bytes: ByteArray) = Json.parseToJsonElement(bytes.decodeToString())

/** The failure as a member of its own, or as members of the line. */
private fun JsonObject.failure(): ByteArray =
    if ("json" in this) bytes("json") else JsonObject(filterKeys { it in FAILURE }).toString().encodeToByteArray()

private val FAILURE = setOf("kind", "name", "detail", "code", "data", "rpc")

private fun JsonObject.text(name: String): String = this[name]?.jsonPrimitive?.contentOrNull.orEmpty()

private fun JsonObject.number(name: String): Long = this[name]?.jsonPrimitive?.long ?: 0

private fun JsonObject.bytes(name: String): ByteArray = this[name]?.toString().orEmpty().encodeToByteArray()

fun main() {
    val driver = Driver()
    for (line in generateSequence(::readlnOrNull)) {
        val answer = try {
            driver.perform(Json.parseToJsonElement(line).jsonObject)
        } catch (error: DovetailError) {
            buildJsonObject {
                put(
                    "error",
                    buildJsonObject {
                        put("code", error.code)
                        put("name", error.name)
                        put("detail", error.detail)
                    },
                )
            }
        }
        println(answer)
    }
}
