package dev.dovetail.boundary

import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import java.util.concurrent.locks.LockSupport

/**
 * Watches a [Pump], and takes its duty from a thread that is held up in a delivery: [turn] has then been the same odd
 * number for a while. Looks every few milliseconds while calls come, and sleeps when none do.
 */
internal class Relief(private val turn: AtomicLong, private val lead: (turn: Long) -> Unit) {
    private val heldUp = AtomicInteger()

    @Volatile private var thread: Thread? = null

    @Volatile private var asleep = false

    @Volatile private var over = false

    /** Whether the next thread that is held up may be the last. */
    val isExhausted: Boolean get() = heldUp.get() >= MAX_HELD_UP - 1

    fun start(name: String) {
        thread = Thread(::watch, name).apply {
            isDaemon = true
            start()
        }
    }

    /** Called when a delivery begins. */
    fun awake() {
        if (asleep) {
            asleep = false
            LockSupport.unpark(thread)
        }
    }

    fun stop() {
        over = true
        LockSupport.unpark(thread)
    }

    private fun watch() {
        var quiet = 0
        while (!over) {
            val seen = turn.get()
            LockSupport.parkNanos(TICK_NANOS)
            if (turn.get() != seen) {
                quiet = 0
            } else if (seen % 2 != 0L) {
                relieve(seen)
            } else if (++quiet >= QUIET_TICKS) {
                sleep(seen)
                quiet = 0
            }
        }
    }

    /** A thread that was relieved has come back, and ends. */
    fun returned() {
        heldUp.decrementAndGet()
    }

    /** Threads that are held up are bounded: beyond that everybody waits, as for any full pool. */
    private fun relieve(seen: Long) {
        if (heldUp.get() < MAX_HELD_UP && turn.compareAndSet(seen, seen + 1)) {
            heldUp.incrementAndGet()
            lead(seen + 1)
        }
    }

    private fun sleep(seen: Long) {
        asleep = true
        // A delivery that began before the flag was seen does not wake anybody.
        while (asleep && !over && turn.get() == seen) LockSupport.park()
        asleep = false
    }

    private companion object {
        const val TICK_NANOS = 5_000_000L
        const val QUIET_TICKS = 20
        const val MAX_HELD_UP = 64
    }
}
