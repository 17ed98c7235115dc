package dev.dovetail

import java.util.Base64
import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.put

/**
 * One block of content: text, an image, audio, a resource, or a link to one. Members that this package does not know
 * are kept.
 *
 * @property json the block as it travels.
 */
@Serializable(with = ContentSerializer::class)
public class Content internal constructor(public val json: JsonObject) {
    /** What the block is, such as `text`. */
    public val type: String get() = member("type").orEmpty()

    /** The text of a text block. */
    public val text: String? get() = member("text")

    /** The bytes of an image or of audio. */
    public val bytes: ByteArray? get() = member("data")?.let(Base64.getDecoder()::decode)

    /** What the bytes are. */
    public val mimeType: String? get() = member("mimeType")

    /** The resource of an embedded resource. */
    public val resource: ResourceContents?
        get() = json["resource"]?.let { decode(ResourceContents.serializer(), it) }

    /** Where a link leads. */
    public val uri: String? get() = member("uri")

    /** The same block with hints for its reader. */
    public fun annotated(annotations: Annotations): Content =
        Content(JsonObject(json + ("annotations" to sparseElement(Annotations.serializer(), annotations))))

    override fun equals(other: Any?): Boolean = other is Content && json == other.json

    override fun hashCode(): Int = json.hashCode()

    override fun toString(): String = json.toString()

    private fun member(name: String): String? = (json[name] as? JsonPrimitive)?.contentOrNull

    public companion object {
        /** Text. */
        public fun text(text: String): Content = Content(
            buildJsonObject {
                put("type", "text")
                put("text", text)
            },
        )

        /** An image. */
        public fun image(bytes: ByteArray, mimeType: String): Content = media("image", bytes, mimeType)

        /** Audio. */
        public fun audio(bytes: ByteArray, mimeType: String): Content = media("audio", bytes, mimeType)

        /** A resource with its contents, which must name their URI. */
        public fun resource(contents: ResourceContents): Content = Content(
            buildJsonObject {
                put("type", "resource")
                put("resource", sparseElement(ResourceContents.serializer(), contents))
            },
        )

        /** A link to a resource. */
        public fun link(resource: Resource): Content =
            Content(
                JsonObject(
                    mapOf("type" to JsonPrimitive("resource_link")) +
                        sparseElement(Resource.serializer(), resource) as JsonObject,
                ),
            )

        private fun media(type: String, bytes: ByteArray, mimeType: String): Content = Content(
            buildJsonObject {
                put("type", type)
                put("data", Base64.getEncoder().encodeToString(bytes))
                put("mimeType", mimeType)
            },
        )
    }
}

internal object ContentSerializer : KSerializer<Content> {
    override val descriptor: SerialDescriptor =
        SerialDescriptor("dev.dovetail.Content", JsonObject.serializer().descriptor)

    override fun serialize(encoder: Encoder, value: Content): Unit =
        encoder.encodeSerializableValue(JsonObject.serializer(), value.json)

    override fun deserialize(decoder: Decoder): Content =
        Content(decoder.decodeSerializableValue(JsonObject.serializer()))
}
