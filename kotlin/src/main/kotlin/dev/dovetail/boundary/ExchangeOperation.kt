package dev.dovetail.boundary

import dev.dovetail.DovetailError
import dev.dovetail.generated.Codes
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.Channel

/** One HTTP request under way: the head of its response, then all of its body in order. Nothing of it is dropped. */
internal class ExchangeOperation : Operation() {
    /** Status and headers, or why there are none. */
    val head: CompletableDeferred<Pair<Int, ByteArray>> = CompletableDeferred()

    /** The body; ends with the error when the exchange failed. */
    val chunks: Channel<ByteArray> = Channel(MAX_CHUNKS)

    override fun head(code: Int, payload: ByteArray) {
        head.complete(code to payload)
    }

    override fun update(payload: ByteArray): Boolean {
        val taken = chunks.trySend(payload)
        if (taken.isSuccess || taken.isClosed) return true
        fail(DovetailError(Codes.LIMIT_EXCEEDED, "a response has over $MAX_CHUNKS chunks that nobody has read"))
        return false
    }

    override fun complete(payload: ByteArray) {
        chunks.close()
        super.complete(payload)
    }

    override fun fail(error: Throwable) {
        head.completeExceptionally(error)
        chunks.close(error)
        super.fail(error)
    }

    private companion object {
        const val MAX_CHUNKS = 1024
    }
}
