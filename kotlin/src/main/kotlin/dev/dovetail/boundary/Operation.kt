package dev.dovetail.boundary

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel

/** An operation under way: what comes in between, and the one completion. Told on the pump's thread. */
internal open class Operation {
    /** The payload of the completion, or the error. */
    val result: CompletableDeferred<ByteArray> = CompletableDeferred()

    /** Progress, changes, readiness, and the parts of a body; false when there is no room for it. */
    open fun update(payload: ByteArray): Boolean = true

    /** The head of a response; [code] is its status. */
    open fun head(code: Int, payload: ByteArray) = Unit

    open fun complete(payload: ByteArray) {
        result.complete(payload)
    }

    open fun fail(error: Throwable) {
        result.completeExceptionally(error)
    }
}

/** An operation that somebody follows, who loses the oldest news when slow and never holds up the pump. */
internal class WatchedOperation : Operation() {
    val updates = Channel<ByteArray>(MAX_UPDATES, BufferOverflow.DROP_OLDEST)

    override fun update(payload: ByteArray): Boolean = updates.trySend(payload).isSuccess

    override fun complete(payload: ByteArray) {
        updates.close()
        super.complete(payload)
    }

    override fun fail(error: Throwable) {
        updates.close()
        super.fail(error)
    }

    private companion object {
        const val MAX_UPDATES = 64
    }
}
