package dev.dovetail.boundary

import com.sun.jna.Pointer
import dev.dovetail.DovetailError
import dev.dovetail.ExchangeHeaders
import dev.dovetail.ExchangeResponse
import dev.dovetail.decode
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Session
import java.lang.ref.Reference
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.serialization.Serializable

/** What a session wants from whoever opened it. Called on the pump's thread: nothing but handlers may block. */
internal interface Listener {
    /** A request to handle: [target] is the number of its handler. */
    fun call(port: Port, call: Long, target: Int, payload: ByteArray) = Unit

    /** A message passes a layer: [target] is its number. */
    fun intercept(port: Port, call: Long, target: Int, payload: ByteArray) = Unit

    /** A call was cancelled; a reply to it would be stale. */
    fun cancelled(call: Long) = Unit

    /** A question for the user. */
    fun input(port: Port, call: Long, payload: ByteArray) = Unit

    /** A log message of the server. */
    fun message(payload: ByteArray) = Unit

    /** A line for the log. */
    fun log(payload: ByteArray) = LogLine.write(payload)

    /** Nothing follows. */
    fun closed() = Unit
}

/**
 * One native session: starts operations, matches their completions, answers calls.
 *
 * The native memory belongs to the UniFFI object and is freed when nothing references that any more, never earlier:
 * so no function here can meet a freed session, whatever thread closes what.
 */
internal class Port(private val native: Session, label: String, internal val listener: Listener) {
    private val session = Pointer(native.handle().toLong())
    private val keys = AtomicLong(CONNECT_KEY + 1)
    private val operations = ConcurrentHashMap<Long, Operation>()
    private val ended = CountDownLatch(1)
    private val pump = Pump(this, label)

    /** Whether the thread that delivers has had enough to do: handlers then run elsewhere. For a [Listener]. */
    val isLate: Boolean get() = pump.isLate

    /** The native object. */
    val uniffi: Session get() = native

    /** What this session is called when a client is to talk to it. */
    val id: Long by lazy { decode(Identity.serializer(), native.status()).id }

    /**
     * Begins to deliver events. An operation that began with the session itself is [expect]ed before. When the listener
     * runs handlers that may block, the pump is [relieved] of them.
     */
    fun start(relieved: Boolean) = pump.start(relieved)

    /** Registers the operation that opening the session has started. */
    fun expect(operation: Operation) {
        operations[CONNECT_KEY] = operation
    }

    /**
     * Starts an operation and waits for its completion; [watch] sees what comes in between, in the caller's own
     * coroutine. Cancelling the caller cancels the operation.
     */
    suspend fun run(watch: (suspend (ByteArray) -> Unit)? = null, start: (key: Long) -> Unit): ByteArray {
        if (watch == null) {
            val operation = Operation()
            return follow(begin(operation, start), operation) { operation.result.await() }
        }
        val operation = WatchedOperation()
        return follow(begin(operation, start), operation) {
            for (update in operation.updates) watch(update)
            operation.result.await()
        }
    }

    /** Waits for the operation that was [expect]ed. */
    suspend fun connected(operation: Operation): ByteArray =
        follow(CONNECT_KEY, operation) { operation.result.await() }

    /** Starts an operation and answers its key. */
    private inline fun begin(operation: Operation, start: (key: Long) -> Unit): Long {
        val key = keys.getAndIncrement()
        operations[key] = operation
        try {
            start(key)
        } catch (failure: Throwable) {
            operations.remove(key)
            throw failure
        }
        return key
    }

    private inline fun <T> follow(key: Long, operation: Operation, wait: () -> T): T =
        try {
            wait()
        } finally {
            // The caller was cancelled, or its watch failed.
            if (!operation.result.isCompleted) cancel(key)
        }

    internal fun cancel(key: Long) {
        direct { Abi.dovetail_cancel(it, key) }
    }

    fun request(key: Long, operation: String, params: ByteArray, options: ByteArray) {
        val name = operation.encodeToByteArray()
        Abi.check(
            direct {
                Abi.dovetail_request(
                    it, key, name, name.size.toLong(), params, params.size.toLong(), options, options.size.toLong(),
                )
            },
        )
    }

    /** Starts an operation that lasts until the session ends, and waits until it is ready. */
    suspend fun hold(start: (key: Long) -> Unit) {
        val operation = WatchedOperation()
        begin(operation, start)
        // Without a word of readiness it has failed.
        if (operation.updates.receiveCatching().isClosed) operation.result.await()
    }

    /** Sends one HTTP request through the server; the response has its head when this returns. */
    suspend fun exchange(head: ByteArray, body: ByteArray): ExchangeResponse {
        val operation = ExchangeOperation()
        val key = begin(operation) { key ->
            Abi.check(direct { Abi.dovetail_exchange(it, key, head, head.size.toLong(), body, body.size.toLong()) })
        }
        var begun = false
        try {
            val (status, described) = operation.head.await()
            begun = true
            val headers = decode(ExchangeHeaders.serializer(), described).headers.map { (name, value) -> name to value }
            return ExchangeResponse(status, headers, chunks(key, operation))
        } finally {
            if (!begun) cancel(key)
        }
    }

    private fun chunks(key: Long, operation: ExchangeOperation): Flow<ByteArray> = flow {
        follow(key, operation) {
            for (chunk in operation.chunks) emit(chunk)
            operation.result.await()
        }
    }

    fun serve(key: Long, config: ByteArray) = crossing { native.serve(key.toULong(), config) }

    fun ask(call: Long, key: Long, question: ByteArray) =
        crossing { native.ask(call.toULong(), key.toULong(), question) }

    fun callInfo(call: Long): ByteArray = crossing { native.callInfo(call.toULong()) }

    /** Lets the message of a layer go on; [key] completes with what is inside. */
    fun proceed(call: Long, key: Long, patch: ByteArray) =
        Abi.check(direct { Abi.dovetail_proceed(it, call, key, patch, patch.size.toLong()) })

    fun progress(call: Long, progress: ByteArray) =
        Abi.check(direct { Abi.dovetail_progress(it, call, progress, progress.size.toLong()) })

    fun log(call: Long, message: ByteArray) =
        Abi.check(direct { Abi.dovetail_log(it, call, message, message.size.toLong()) })

    fun record(call: Long, step: ByteArray) =
        Abi.check(direct { Abi.dovetail_record(it, call, step, step.size.toLong()) })

    fun update(changes: ByteArray) = Abi.check(direct { Abi.dovetail_update(it, changes, changes.size.toLong()) })

    /** Sends answers that were gathered. Those that came too late are no fault of anybody. */
    fun replyBatch(replies: Pointer, size: Long) {
        direct { Abi.dovetail_reply_batch(it, replies, size, null) }
    }

    /** Answers a call; from the pump's own thread the answer leaves with the others of the drain. */
    fun reply(call: Long, shape: Int, json: ByteArray) {
        if (!pump.gather(call, shape, json)) {
            Abi.check(direct { Abi.dovetail_reply(it, call, shape, json, json.size.toLong()) })
        }
    }

    fun fail(call: Long, failure: ByteArray) =
        Abi.check(direct { Abi.dovetail_fail(it, call, failure, failure.size.toLong()) })

    /** Waits for ever for the next events; see `dovetail_next_events`. */
    fun nextEvents(max: Int, buffer: Pointer, capacity: Long, used: Pointer): Int =
        direct { Abi.dovetail_next_events(it, max, FOREVER, buffer, capacity, used) }

    /**
     * Closes the session and waits until everything has ended: [deadlineMs] for what is under way, and a little more
     * for the end itself. Idempotent.
     */
    fun close(deadlineMs: Long) {
        beginClose(deadlineMs)
        if (!pump.isOwn(Thread.currentThread())) ended.await(deadlineMs + CLOSING_MS, TimeUnit.MILLISECONDS)
    }

    /** Closes without waiting, when it is not closed yet. */
    fun beginClose(deadlineMs: Long) {
        try {
            crossing { native.closeSession(keys.getAndIncrement().toULong(), deadlineMs.toULong()) }
        } catch (closed: DovetailError) {
            if (closed.code != Codes.CLOSED) throw closed
        }
    }

    internal fun operation(key: Long): Operation? = operations[key]

    internal fun finish(key: Long): Operation? = operations.remove(key)

    internal fun end(reason: DovetailError) {
        for (key in operations.keys) operations.remove(key)?.fail(reason)
        try {
            listener.closed()
        } finally {
            ended.countDown()
        }
    }

    /** Calls the C ABI with the session kept alive. */
    internal inline fun direct(call: (Pointer) -> Int): Int =
        try {
            call(session)
        } finally {
            Reference.reachabilityFence(native)
        }

    @Serializable
    private class Identity(val id: Long)

    companion object {
        /** The key of the operation that opens a client; all others are higher. */
        const val CONNECT_KEY: Long = 1

        private const val CLOSING_MS = 1_000L

        private const val FOREVER = -1L
    }
}
