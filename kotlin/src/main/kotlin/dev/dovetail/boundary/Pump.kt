package dev.dovetail.boundary

import dev.dovetail.DovetailError
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Kinds
import java.util.concurrent.atomic.AtomicLong

/**
 * Fetches the events of one session and delivers them, one after the other; a failure at one never touches the next.
 *
 * Handlers run on the thread that pumps until they first suspend: handing every call to another thread would cost more
 * than most handlers. Two rules keep slow ones from holding up the others. When a drain [isLate], the rest of its
 * handlers run elsewhere. And pumping is a duty that passes on: a [Relief] watches, and when one delivery takes far too
 * long, because its handler blocks, the relief goes on with the rest, and the blocked thread ends after its delivery.
 * [turn] says who has the duty: it is odd while an event is delivered, every step raises it, and only who raises it
 * from the number it knows goes on.
 */
internal class Pump(private val port: Port, private val label: String) {
    private val events = EventBuffer()
    private val turn = AtomicLong()
    private val relief = Relief(turn) { turn -> thread { lead(turn) }.start() }
    private val replies = ReplyBatch()

    /** Who pumps; guarded by [replies], like those. */
    private var leader: Thread? = null
    private var open = true
    private var drainBegan = 0L

    /** Whether this drain has taken its time, or nobody is left to relieve it: handlers then run elsewhere. */
    val isLate: Boolean get() = System.nanoTime() - drainBegan > LATE_NANOS || relief.isExhausted

    /** Starts to pump; [relieved] when deliveries run handlers. */
    fun start(relieved: Boolean) {
        if (relieved) relief.start("dovetail-$label-relief")
        thread { lead(0) }.start()
    }

    /** Whether a thread delivers for this pump, or did until it was relieved. */
    fun isOwn(thread: Thread): Boolean = (thread as? PumpThread)?.pump === this

    /** Takes a reply into the batch of this drain; false when the caller is not the thread that pumps. */
    fun gather(call: Long, shape: Int, json: ByteArray): Boolean {
        val caller = Thread.currentThread()
        if (caller !is PumpThread) return false
        synchronized(replies) {
            if (caller !== leader) return false
            replies.add(call, shape, json)
            return true
        }
    }

    private fun thread(work: () -> Unit) = PumpThread(this, "dovetail-$label", work)

    private class PumpThread(val pump: Pump, name: String, work: () -> Unit) : Thread(work, name) {
        init {
            isDaemon = true
        }
    }

    private fun lead(from: Long) {
        var relieved = false
        var reason = DovetailError(Codes.CLOSED, "the session was closed")
        try {
            relieved = !pump(from)
        } catch (failure: DovetailError) {
            reason = failure
        } finally {
            if (relieved) {
                relief.returned()
            } else {
                relief.stop()
                port.end(reason)
            }
        }
    }

    /** Pumps until the end; false when relieved before. */
    private fun pump(from: Long): Boolean {
        synchronized(replies) { leader = Thread.currentThread() }
        var mine = from
        while (true) {
            mine = deliverAll(mine) ?: return false
            synchronized(replies) { if (!replies.isEmpty) replies.flush(port::replyBatch) }
            if (!open) return true
            Abi.check(events.fetch { buffer, capacity, used -> port.nextEvents(MAX_EVENTS, buffer, capacity, used) })
            drainBegan = System.nanoTime()
        }
    }

    /** Delivers what was fetched; answers the turn after it, or null when somebody else has the duty. */
    private fun deliverAll(from: Long): Long? {
        var mine = from
        while (true) {
            val event = events.next() ?: return mine
            if (event.kind == Kinds.CLOSED) {
                open = false
                continue
            }
            turn.set(++mine)
            relief.awake()
            safely { deliver(event) }
            if (!turn.compareAndSet(mine, ++mine)) return null
        }
    }

    private fun deliver(event: Event) {
        when (event.kind) {
            Kinds.CALL -> port.listener.call(port, event.key, event.code, event.payload)
            Kinds.INTERCEPT -> port.listener.intercept(port, event.key, event.code, event.payload)
            Kinds.DONE -> port.finish(event.key)?.let {
                if (event.code == Abi.OK) it.complete(event.payload) else it.fail(DovetailError.of(event.payload))
            }
            Kinds.CANCELLED -> port.listener.cancelled(event.key)
            Kinds.PROGRESS, Kinds.READY, Kinds.CHANGE, Kinds.CHUNK -> {
                val taken = port.operation(event.key)?.update(event.payload) ?: true
                if (!taken) port.cancel(event.key)
            }
            Kinds.HEAD -> port.operation(event.key)?.head(event.code, event.payload)
            Kinds.INPUT -> port.listener.input(port, event.key, event.payload)
            Kinds.MESSAGE -> port.listener.message(event.payload)
            Kinds.LOG -> port.listener.log(event.payload)
        }
    }

    private inline fun safely(deliver: () -> Unit) {
        try {
            deliver()
        } catch (failure: Throwable) {
            LogLine.write("an event could not be delivered", failure)
        }
    }

    private companion object {
        const val MAX_EVENTS = 64
        const val LATE_NANOS = 1_000_000L
    }
}
