package dev.dovetail.boundary

import com.sun.jna.Memory
import com.sun.jna.Pointer
import java.nio.ByteBuffer

/** One event: [kind] is a number of the contract, [code] and [key] mean what the kind says. */
internal class Event(val kind: Int, val code: Int, val key: Long, val payload: ByteArray)

/** The native buffer that events are fetched into, and the place of the next one. Used by one thread at a time. */
internal class EventBuffer {
    private val used = Memory(Long.SIZE_BYTES.toLong())
    private var memory = Memory(USUAL)
    private var records: ByteBuffer = memory.getByteBuffer(0, USUAL)
    private var at = 0
    private var end = 0

    /** Fills the buffer by [call], which is `dovetail_next_events`; answers its status. */
    fun fetch(call: (buffer: Pointer, capacity: Long, used: Pointer) -> Int): Int {
        at = 0
        end = 0
        if (memory.size() > USUAL) resize(USUAL)
        while (true) {
            val status = call(memory, memory.size(), used)
            if (status == Abi.BUFFER_TOO_SMALL) {
                resize(used.getLong(0))
            } else {
                if (status == Abi.OK) end = used.getLong(0).toInt()
                return status
            }
        }
    }

    /** The next event of those that were fetched; null after the last. */
    fun next(): Event? {
        if (at >= end) return null
        val size = records.getInt(at + SIZE)
        val payload = if (size == 0) EMPTY else ByteArray(size).also { records.get(at + HEAD, it) }
        val event = Event(records.getInt(at), records.getInt(at + CODE), records.getLong(at + KEY), payload)
        at = aligned(at + HEAD + size)
        return event
    }

    /** A buffer for a large event is not kept. */
    private fun resize(size: Long) {
        memory.close()
        memory = Memory(size)
        records = memory.getByteBuffer(0, size)
    }

    private companion object {
        /** Room for the events of one turn, in bytes. Memory is taken as it is filled. */
        const val USUAL = 512L * 1024
        const val HEAD = 24
        const val CODE = 4
        const val KEY = 8
        const val SIZE = 16
    }
}

private const val ALIGNMENT = 8

/** The next place in a buffer of records where one may begin. */
internal fun aligned(at: Int): Int = (at + ALIGNMENT - 1) and -ALIGNMENT

internal val EMPTY: ByteArray = ByteArray(0)
