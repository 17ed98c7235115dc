// How text becomes JSON: what tools return most, and in the largest pieces.

package dev.dovetail

import java.nio.ByteBuffer
import kotlinx.serialization.builtins.serializer

/** Text as JSON. Most text has nothing to escape: its bytes are then copied as they are. */
internal fun encode(text: String): ByteArray {
    val bytes = text.encodeToByteArray()
    if (mustEscape(bytes)) return encode(String.serializer(), text)
    val json = ByteArray(bytes.size + 2)
    json[0] = QUOTE.toByte()
    bytes.copyInto(json, destinationOffset = 1)
    json[json.lastIndex] = QUOTE.toByte()
    return json
}

private fun mustEscape(bytes: ByteArray): Boolean {
    val words = ByteBuffer.wrap(bytes)
    while (words.remaining() >= Long.SIZE_BYTES) if (anyEscaped(words.getLong())) return true
    while (words.hasRemaining()) {
        val byte = words.get().toLong() and BYTE
        if (anyEscaped((ONES * SPACE and BYTE.inv()) or byte)) return true
    }
    return false
}

/** Whether one of eight bytes is a control character, a quote or a backslash: eight comparisons in one. */
private fun anyEscaped(word: Long): Boolean {
    val quotes = word xor ONES * QUOTE
    val backslashes = word xor ONES * BACKSLASH
    // The highest bit of a byte of the difference is set where that byte was the smaller one.
    val control = (word - ONES * SPACE) and word.inv()
    val quote = (quotes - ONES) and quotes.inv()
    val backslash = (backslashes - ONES) and backslashes.inv()
    return (control or quote or backslash) and HIGHEST != 0L
}

private const val ONES = 0x0101_0101_0101_0101L
private const val BYTE = 0xffL
private const val HIGHEST = ONES shl 7
private const val SPACE = ' '.code.toLong()
private const val QUOTE = '"'.code.toLong()
private const val BACKSLASH = '\\'.code.toLong()
