package dev.dovetail.boundary

import dev.dovetail.LogMessage
import dev.dovetail.decode
import dev.dovetail.generated.Shapes
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.serialization.Serializable

/** Answers a question of one kind: the event's payload in, the answer out. */
internal typealias AnswerQuestion = suspend (payload: ByteArray) -> ByteArray

/** Puts the questions and the log messages of a server to the application of a client. */
internal class Questions(
    private val handlers: Map<String, AnswerQuestion>,
    private val onLog: (suspend (LogMessage) -> Unit)?,
) : Listener {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val open = ConcurrentHashMap<Long, Job>()
    private val messages = Channel<ByteArray>(MAX_MESSAGES, BufferOverflow.DROP_OLDEST)

    init {
        onLog?.let { handler -> scope.launch { for (payload in messages) hand(handler, payload) } }
    }

    override fun input(port: Port, call: Long, payload: ByteArray) {
        val job = scope.launch(start = CoroutineStart.LAZY) {
            try {
                answer(port, call) {
                    val kind = decode(Head.serializer(), payload).kind
                    val handler = handlers[kind] ?: error("nobody answers questions of the kind $kind")
                    Reply(Shapes.VALUE, handler(payload))
                }
            } finally {
                open.remove(call)
            }
        }
        open[call] = job
        job.start()
    }

    override fun message(payload: ByteArray) {
        if (onLog != null) messages.trySend(payload)
    }

    override fun cancelled(call: Long) {
        open.remove(call)?.cancel()
    }

    override fun closed() = scope.cancel()

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
