package dev.dovetail.boundary

import com.sun.jna.Pointer

/** One event: [kind] is a number of the contract, [code] and [key] mean what the kind says. */
internal class Event(val kind: Int, val code: Int, val key: Long, val payload: ByteArray)

private const val HEAD = 24L
private const val CODE = 4L
private const val KEY = 8L
private const val SIZE = 16L
private const val ALIGNMENT = 8L

/** Reads the records of a filled buffer of [used] bytes. */
internal inline fun forEachEvent(buffer: Pointer, used: Long, each: (Event) -> Unit) {
    var at = 0L
    while (at < used) {
        val size = buffer.getInt(at + SIZE)
        val payload = if (size == 0) EMPTY else buffer.getByteArray(at + HEAD, size)
        each(Event(buffer.getInt(at), buffer.getInt(at + CODE), buffer.getLong(at + KEY), payload))
        at = aligned(at + HEAD + size)
    }
}

/** The next place in a buffer of records where one may begin. */
internal fun aligned(at: Long): Long = (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT

internal val EMPTY: ByteArray = ByteArray(0)
