package dev.dovetail.boundary

import com.sun.jna.Memory
import com.sun.jna.Pointer
import java.nio.ByteBuffer

/** Gathers replies in native memory for one crossing. Used by one thread at a time. */
internal class ReplyBatch {
    private var memory = Memory(USUAL)
    private var records: ByteBuffer = memory.getByteBuffer(0, USUAL)

    val isEmpty: Boolean get() = records.position() == 0

    fun add(call: Long, shape: Int, json: ByteArray) {
        val needed = aligned(HEAD + json.size)
        if (records.remaining() < needed) grow(records.position() + needed)
        val end = records.position() + needed
        records.putLong(call).putInt(shape).putInt(json.size).put(json).position(end)
    }

    /** Gives away what was gathered; a buffer that a large reply has grown is not kept. */
    fun flush(send: (bytes: Pointer, size: Long) -> Unit) {
        send(memory, records.position().toLong())
        records.clear()
        if (memory.size() > USUAL) {
            memory.close()
            replace(USUAL)
        }
    }

    private fun grow(needed: Int) {
        val old = memory
        val gathered = records.flip()
        replace(maxOf(old.size() * 2, needed.toLong()))
        records.put(gathered)
        old.close()
    }

    private fun replace(size: Long) {
        memory = Memory(size)
        records = memory.getByteBuffer(0, size)
    }

    private companion object {
        const val HEAD = 16

        /** Room for the replies to one batch of events, in bytes. Memory is taken as it is filled. */
        const val USUAL = 512L * 1024
    }
}
