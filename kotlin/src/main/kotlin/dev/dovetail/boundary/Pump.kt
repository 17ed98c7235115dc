package dev.dovetail.boundary

import com.sun.jna.Memory
import dev.dovetail.DovetailError
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Kinds

/**
 * The thread that fetches the events of one session. It only hands on: handlers run elsewhere, and a failure at one
 * event never touches the next.
 */
internal class Pump(private val port: Port, label: String) : Runnable {
    private val thread = Thread(this, "dovetail-$label").apply { isDaemon = true }
    private val replies = ReplyBatch()

    val isCurrent: Boolean get() = Thread.currentThread() === thread

    fun start() = thread.start()

    /** Takes a reply into the batch of this drain; false when the caller is another thread. */
    fun gather(call: Long, shape: Int, json: ByteArray): Boolean {
        if (!isCurrent) return false
        replies.add(call, shape, json)
        return true
    }

    override fun run() {
        var reason = DovetailError(Codes.CLOSED, "the session was closed")
        try {
            drain()
        } catch (failure: DovetailError) {
            reason = failure
        } finally {
            port.end(reason)
        }
    }

    private fun drain() {
        val used = Memory(Long.SIZE_BYTES.toLong())
        var buffer = Memory(BUFFER)
        while (true) {
            val status = port.direct {
                Abi.dovetail_next_events(it, MAX_EVENTS, FOREVER, buffer, buffer.size(), used)
            }
            if (status == Abi.BUFFER_TOO_SMALL) {
                buffer.close()
                buffer = Memory(used.getLong(0))
                continue
            }
            Abi.check(status)
            var open = true
            forEachEvent(buffer, used.getLong(0)) { event ->
                if (event.kind == Kinds.CLOSED) open = false else safely { deliver(event) }
            }
            if (!replies.isEmpty) {
                // Replies that came too late are no fault of anybody.
                replies.flush { bytes, size -> port.direct { Abi.dovetail_reply_batch(it, bytes, size, null) } }
            }
            if (!open) return
            if (buffer.size() > BUFFER) {
                buffer.close()
                buffer = Memory(BUFFER)
            }
        }
    }

    private fun deliver(event: Event) {
        when (event.kind) {
            Kinds.CALL -> port.listener().call(port, event.key, event.code, event.payload)
            Kinds.DONE -> port.finish(event.key)?.let {
                if (event.code == Abi.OK) it.complete(event.payload) else it.fail(DovetailError.of(event.payload))
            }
            Kinds.CANCELLED -> port.listener().cancelled(event.key)
            Kinds.PROGRESS, Kinds.READY, Kinds.CHANGE -> port.operation(event.key)?.update(event.payload)
            Kinds.INPUT -> port.listener().input(port, event.key, event.payload)
            Kinds.MESSAGE -> port.listener().message(event.payload)
            Kinds.LOG -> port.listener().log(event.payload)
        }
    }

    private inline fun safely(deliver: () -> Unit) {
        try {
            deliver()
        } catch (failure: Exception) {
            LogLine.write("an event could not be delivered", failure)
        }
    }

    private companion object {
        const val MAX_EVENTS = 64
        const val FOREVER = -1L
        const val BUFFER = 64L * 1024
    }
}
