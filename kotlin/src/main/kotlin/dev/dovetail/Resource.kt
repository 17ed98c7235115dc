package dev.dovetail

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * A resource as a server describes it.
 *
 * @property uri its identity, kept verbatim.
 * @property size in bytes, when known.
 * @property server the member of a [Group] that has it.
 */
@Serializable
public data class Resource(
    val uri: String,
    val name: String,
    val title: String? = null,
    val description: String? = null,
    val mimeType: String? = null,
    val size: Long? = null,
    val annotations: Annotations? = null,
    val icons: List<Icon>? = null,
    val server: String? = null,
)

/**
 * Resources whose URIs follow a pattern.
 *
 * @property uriTemplate the pattern, with variables in braces.
 * @property server the member of a [Group] that has it.
 */
@Serializable
public data class ResourceTemplate(
    val uriTemplate: String,
    val name: String,
    val title: String? = null,
    val description: String? = null,
    val mimeType: String? = null,
    val annotations: Annotations? = null,
    val icons: List<Icon>? = null,
    val server: String? = null,
)

/**
 * Hints for whoever reads content or a resource.
 *
 * @property audience whom it is for.
 * @property priority from 0 (optional) to 1 (needed).
 * @property lastModified a point in time of ISO 8601.
 */
@Serializable
public data class Annotations(
    val audience: List<Role>? = null,
    val priority: Double? = null,
    val lastModified: String? = null,
)

/** Who speaks in a message, or is spoken to. */
@Serializable
public enum class Role {
    /** The person. */
    @SerialName("user")
    USER,

    /** The model. */
    @SerialName("assistant")
    ASSISTANT,
}

/**
 * A picture for a list.
 *
 * @property src a URL, or the picture itself as a data URL.
 * @property sizes such as `48x48`, or `any`.
 * @property theme `light` or `dark`, when it is made for one.
 */
@Serializable
public data class Icon(
    val src: String,
    val mimeType: String? = null,
    val sizes: List<String>? = null,
    val theme: String? = null,
)

@Serializable
internal class ResourceList(val resources: List<Resource>)

@Serializable
internal class ResourceTemplateList(val resourceTemplates: List<ResourceTemplate>)
