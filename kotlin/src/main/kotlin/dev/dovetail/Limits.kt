package dev.dovetail

import dev.dovetail.generated.DefaultLimits
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.PrimitiveSerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder

/**
 * Bounds of a [Server]; null leaves one at its default. What exceeds one is refused with `limit_exceeded` or `busy`,
 * and the error names it.
 *
 * @property body one HTTP body or event, in bytes; 4 MiB.
 * @property line one line on stdio, in bytes; 4 MiB.
 * @property depth nested arrays and objects in one message; 64.
 * @property headers all HTTP headers of one request together, in bytes; 8 KiB.
 * @property inFlight requests that are handled at once; 1024.
 * @property rounds rounds of questions that one call may take; 16.
 * @property state what a question carries sealed, in bytes; 16 KiB.
 * @property queue notifications that wait to be read; 1024.
 * @property sessions sessions of the older revisions at once; 10 000.
 * @property name a name of a tool, a question or a key, in bytes; 256.
 * @property stateTtl how long a question may be answered; 10 minutes.
 * @property drain how long a shutdown lets running work finish; 5 s.
 * @property sessionIdle how long a session without traffic is kept; 30 minutes.
 * @property batch messages in one batch; 100.
 * @property subscriptions resources that one session or listener watches; 1024.
 * @property events events that are kept per session for a resumed stream; 1024.
 * @property eventBytes the same in bytes; 4 MiB.
 * @property hook how long a [Layer] may think, before and after what is inside; 10 s.
 */
@Serializable
public data class Limits(
    val body: Int? = null,
    val line: Int? = null,
    val depth: Int? = null,
    val headers: Int? = null,
    val inFlight: Int? = null,
    val rounds: Int? = null,
    val state: Int? = null,
    val queue: Int? = null,
    val sessions: Int? = null,
    val name: Int? = null,
    @Serializable(with = Milliseconds::class) val stateTtl: Duration? = null,
    @Serializable(with = Milliseconds::class) val drain: Duration? = null,
    @Serializable(with = Milliseconds::class) val sessionIdle: Duration? = null,
    val batch: Int? = null,
    val subscriptions: Int? = null,
    val events: Int? = null,
    val eventBytes: Int? = null,
    @Serializable(with = Milliseconds::class) val hook: Duration? = null,
) {
    public companion object {
        /** What a body may have by default, in bytes: reading more of one is in vain. */
        public const val DEFAULT_BODY: Int = DefaultLimits.BODY.toInt()
    }
}

/**
 * Bounds of a [Client]; null leaves one at its default. What exceeds one fails with `limit_exceeded`, and the error
 * names it. How long calls may take is said by [ClientOptions.timeout] and [ClientOptions.maxTotal].
 *
 * @property body one HTTP body or event, in bytes; 4 MiB.
 * @property line one line on stdio, in bytes; 4 MiB.
 * @property depth nested arrays and objects in one message; 64.
 * @property headers all HTTP headers of one response together, in bytes; 8 KiB.
 * @property inFlight requests of the server that are handled at once; 1024.
 * @property rounds rounds of questions that one call may take; 16.
 * @property queue events that wait to be read; 1024.
 * @property probeTimeout how long the first message of a connection waits for its answer; 5 s.
 * @property drain how long closing lets running work finish; 5 s.
 * @property pages pages of one list; 1000.
 * @property batch messages in one batch; 100.
 * @property subscriptions resources that are watched at once; 1024.
 * @property cache answers that are kept; 1024.
 * @property retries how often a request that is safe to repeat is repeated; 2.
 * @property reconnects how often in a row a lost connection is sought again; 8.
 * @property notifications notifications that wait for a slow reader; 1024.
 * @property hook how long a [Layer] may think, before and after what is inside; 10 s.
 */
@Serializable
public data class ClientLimits(
    val body: Int? = null,
    val line: Int? = null,
    val depth: Int? = null,
    val headers: Int? = null,
    val inFlight: Int? = null,
    val rounds: Int? = null,
    val queue: Int? = null,
    @Serializable(with = Milliseconds::class) val probeTimeout: Duration? = null,
    @Serializable(with = Milliseconds::class) val drain: Duration? = null,
    val pages: Int? = null,
    val batch: Int? = null,
    val subscriptions: Int? = null,
    val cache: Int? = null,
    val retries: Int? = null,
    val reconnects: Int? = null,
    val notifications: Int? = null,
    @Serializable(with = Milliseconds::class) val hook: Duration? = null,
)

internal object Milliseconds : KSerializer<Duration> {
    override val descriptor = PrimitiveSerialDescriptor("dev.dovetail.Milliseconds", PrimitiveKind.LONG)

    override fun serialize(encoder: Encoder, value: Duration): Unit = encoder.encodeLong(value.inWholeMilliseconds)

    override fun deserialize(decoder: Decoder): Duration = decoder.decodeLong().milliseconds
}
