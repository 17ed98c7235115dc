package dev.dovetail.boundary

import dev.dovetail.LogMessage
import dev.dovetail.decode
import dev.dovetail.generated.Shapes
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.serialization.Serializable

/** Answers a question of one kind: the event's payload in, the answer out. */
internal typealias AnswerQuestion = suspend (payload: ByteArray) -> ByteArray

/**
 * Puts the questions and the log messages of a server to the application of a client, and runs its layers: those on the
 * thread that pumps, beside what answers questions and never behind it.
 */
internal class Questions(
    private val handlers: Map<String, AnswerQuestion>,
    private val layers: Layers,
    private val onLog: (suspend (LogMessage) -> Unit)?,
) : Listener {
    private val running = RunningCalls(Dispatchers.Default)
    private val layering = RunningCalls(Dispatchers.Unconfined)
    private val messages = Channel<ByteArray>(MAX_MESSAGES, BufferOverflow.DROP_OLDEST)

    /** Whether something of the application runs on the thread that pumps. */
    val onPump: Boolean get() = layers.describe().isNotEmpty()

    init {
        onLog?.let { handler -> running.scope.launch { for (payload in messages) hand(handler, payload) } }
    }

    override fun input(port: Port, call: Long, payload: ByteArray) = running.run(port, call) {
        answer(port, call) {
            val kind = decode(Head.serializer(), payload).kind
            val handler = handlers[kind] ?: error("nobody answers questions of the kind $kind")
            Reply(Shapes.VALUE, handler(payload))
        }
    }

    override fun intercept(port: Port, call: Long, target: Int, payload: ByteArray) =
        layering.run(port, call) { layers.run(port, call, target, payload) }

    override fun message(payload: ByteArray) {
        if (onLog != null) messages.trySend(payload)
    }

    override fun cancelled(call: Long) {
        running.cancel(call)
        layering.cancel(call)
    }

    override fun closed() {
        running.close()
        layering.close()
    }

    /** One message after the other; a failing handler misses one. */
    private suspend fun hand(handler: suspend (LogMessage) -> Unit, payload: ByteArray) {
        try {
            handler(decode(LogMessage.serializer(), payload))
        } catch (failure: Exception) {
            LogLine.write("a handler of log messages failed", failure)
        }
    }

    @Serializable
    private class Head(val kind: String)

    private companion object {
        const val MAX_MESSAGES = 256
    }
}
