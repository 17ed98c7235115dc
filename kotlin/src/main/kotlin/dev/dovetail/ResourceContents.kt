package dev.dovetail

import java.util.Base64
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

/**
 * What a resource holds, or one part of it: [text] or bytes.
 *
 * @property uri which resource; a handler leaves it out, and it is the one that is read.
 * @property blob the bytes in Base64; see [bytes].
 */
@ConsistentCopyVisibility
@Serializable
public data class ResourceContents internal constructor(
    val uri: String? = null,
    val mimeType: String? = null,
    val text: String? = null,
    val blob: String? = null,
    @SerialName("_meta") val meta: JsonObject? = null,
) {
    /** The bytes of binary contents. */
    public val bytes: ByteArray? get() = blob?.let(Base64.getDecoder()::decode)

    public companion object {
        /** Text. */
        public fun text(text: String, mimeType: String? = null, uri: String? = null): ResourceContents =
            ResourceContents(uri, mimeType, text = text)

        /** Bytes. */
        public fun bytes(bytes: ByteArray, mimeType: String? = null, uri: String? = null): ResourceContents =
            ResourceContents(uri, mimeType, blob = Base64.getEncoder().encodeToString(bytes))
    }
}

/**
 * What reading a resource gave.
 *
 * @property contents its parts.
 * @property raw the whole result as it came.
 */
public class ReadResult internal constructor(public val contents: List<ResourceContents>, public val raw: JsonObject) {
    /** The text of all parts. */
    public val text: String get() = contents.mapNotNull { it.text }.joinToString("\n")

    @Serializable
    internal class Body(val contents: List<ResourceContents>)
}
