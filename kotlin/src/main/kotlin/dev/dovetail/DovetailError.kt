package dev.dovetail

import dev.dovetail.generated.Codes
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement

/** The numbers of [DovetailError.code]. */
public typealias ErrorCode = Codes

/**
 * Why an operation did not succeed. There is one class; the number tells the kinds apart.
 *
 * @property code the number of the error, one of [ErrorCode].
 * @property name the same in words, such as `tool_error`; stable.
 * @property detail what happened and what to do, one line. For `tool_error` it is the text of the tool.
 * @property retry whether the same call may succeed later: `permanent` (no), `temporary` (yes, unchanged) or
 * `persistent` (only after something outside has changed).
 * @property rpc the error object of the peer, when one came.
 * @property http the HTTP status, when one came.
 * @property context facts by name, for logs.
 */
public class DovetailError internal constructor(body: Body, cause: Throwable? = null) :
    Exception("${body.name}: ${body.detail}", cause) {
    public val code: Int = body.code
    public val name: String = body.name
    public val detail: String = body.detail
    public val retry: String = body.retry
    public val rpc: Rpc? = body.rpc
    public val http: Int? = body.http
    public val context: Map<String, String> = body.context

    /** An error of one's own, with one of the numbers of [ErrorCode]. */
    public constructor(code: Int, detail: String, cause: Throwable? = null) :
        this(Body(code, Codes.nameOf(code) ?: "code_$code", detail), cause)

    /**
     * An error object as the peer sent it.
     *
     * @property code the peer's number.
     * @property message the peer's text.
     * @property data the peer's data, untouched.
     */
    @Serializable
    public class Rpc internal constructor(
        public val code: Long,
        public val message: String,
        public val data: JsonElement? = null,
    )

    @Serializable
    internal class Body(
        val code: Int,
        val name: String,
        val detail: String,
        val retry: String = "permanent",
        val rpc: Rpc? = null,
        val http: Int? = null,
        val context: Map<String, String> = emptyMap(),
    )

    internal companion object {
        private const val serialVersionUID: Long = 1

        /** Reads the error body of the native layer. */
        fun of(body: ByteArray): DovetailError = DovetailError(decode(Body.serializer(), body))
    }
}

internal fun invalid(detail: String, cause: Throwable? = null): DovetailError =
    DovetailError(Codes.INVALID_ARGUMENT, detail, cause)
