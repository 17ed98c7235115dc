package dev.dovetail.boundary

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel

/** An operation under way: what comes in between (when [watched]) and the one completion. */
internal class Operation(watched: Boolean) {
    /** The payload of the completion, or the error. */
    val result: CompletableDeferred<ByteArray> = CompletableDeferred()

    /** Progress, changes and readiness. Somebody slow loses the oldest of them and never holds up the pump. */
    val updates: Channel<ByteArray>? =
        if (watched) Channel(MAX_UPDATES, BufferOverflow.DROP_OLDEST) else null

    fun update(payload: ByteArray) {
        updates?.trySend(payload)
    }

    fun complete(payload: ByteArray) {
        updates?.close()
        result.complete(payload)
    }

    fun fail(error: Throwable) {
        updates?.close()
        result.completeExceptionally(error)
    }

    private companion object {
        const val MAX_UPDATES = 64
    }
}
