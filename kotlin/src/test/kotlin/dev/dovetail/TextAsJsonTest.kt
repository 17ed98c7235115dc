package dev.dovetail

import kotlinx.serialization.builtins.serializer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Text is written as the serializer writes it, whatever is in it and wherever. */
class TextAsJsonTest {
    private fun same(text: String) =
        assertEquals(encode(String.serializer(), text).decodeToString(), encode(text).decodeToString())

    @Test
    fun `every character at every place`() {
        val characters = (0..0x180).map { it.toChar().toString() } + listOf("€", "\u2028", "😀", "")
        for (character in characters) for (place in 0..17) same("x".repeat(place) + character + "ä".repeat(17 - place))
    }

    @Test
    fun `nothing, and much`() {
        same("")
        same("abcdefghij\"\\".repeat(10_000))
        same("abcdefghijä€".repeat(10_000))
    }
}
