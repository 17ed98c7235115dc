package dev.dovetail.boundary

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Gathers replies for one crossing. Used by one thread. */
internal class ReplyBatch {
    private var buffer = allocate(INITIAL)

    val isEmpty: Boolean get() = buffer.position() == 0

    fun add(call: Long, shape: Int, json: ByteArray) {
        val needed = aligned((HEAD + json.size).toLong()).toInt()
        if (buffer.remaining() < needed) {
            buffer = allocate(maxOf(buffer.capacity() * 2, buffer.position() + needed)).put(buffer.flip())
        }
        val end = buffer.position() + needed
        buffer.putLong(call).putInt(shape).putInt(json.size).put(json).position(end)
    }

    /** Gives away what was gathered; a buffer that a large reply has grown is not kept. */
    fun flush(send: (bytes: ByteArray, size: Long) -> Unit) {
        send(buffer.array(), buffer.position().toLong())
        if (buffer.capacity() > KEPT) buffer = allocate(INITIAL) else buffer.clear()
    }

    private fun allocate(size: Int): ByteBuffer = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder())

    private companion object {
        const val HEAD = 16
        const val INITIAL = 4 * 1024
        const val KEPT = 64 * 1024
    }
}
