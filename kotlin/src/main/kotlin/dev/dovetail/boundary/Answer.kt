// How what a handler came to is told to the core.

package dev.dovetail.boundary

import dev.dovetail.DovetailError
import dev.dovetail.encode
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Shapes
import dev.dovetail.sparseElement
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** What a handler made of a call: [shape] is a number of the contract. */
internal class Reply(val shape: Int, val json: ByteArray)

/** A text, as it is: the core escapes it. */
internal fun text(value: String): Reply = Reply(Shapes.TEXT, value.encodeToByteArray())

/**
 * Sends what [handle] made of a call. A failure becomes its text, or with [byName] the error that it is. What the
 * caller no longer waits for is dropped.
 */
internal suspend inline fun answer(port: Port, call: Long, byName: Boolean = false, handle: () -> Reply) {
    unlessLate {
        try {
            val reply = handle()
            port.reply(call, reply.shape, reply.json)
        } catch (failure: DovetailError) {
            if (failure.code == Codes.STALE_CALL) return
            port.fail(call, if (byName) refusalOf(failure) else failureOf(failure.detail))
        } catch (failure: CancellationException) {
            // Also when the handler was suspended: the core knows, whatever is said here.
            port.fail(call, failureOf(failure.message ?: "cancelled"))
        } catch (failure: Throwable) {
            port.fail(call, failureOf(failure.message ?: failure.javaClass.simpleName))
        }
    }
}

/** Does [act], and nothing when its call is over already. */
internal inline fun unlessLate(act: () -> Unit) {
    try {
        act()
    } catch (late: DovetailError) {
        if (late.code != Codes.STALE_CALL && late.code != Codes.CLOSED) throw late
    }
}

private fun failureOf(detail: String): ByteArray =
    encode(
        buildJsonObject {
            put("kind", "tool")
            put("detail", detail)
        },
    )

/** A refusal by the name of the error; the core knows how the wire spells it. */
internal fun refusalOf(failure: DovetailError): ByteArray =
    encode(
        buildJsonObject {
            put("kind", "error")
            put("name", failure.name)
            put("detail", failure.detail)
            failure.rpc?.let { put("rpc", sparseElement(DovetailError.Rpc.serializer(), it)) }
        },
    )
