package dev.dovetail.boundary

import dev.dovetail.Elicitation
import dev.dovetail.Question
import dev.dovetail.decode
import dev.dovetail.encodeSparse
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.serialization.json.JsonObject

/** Puts the questions of a server to the application of a client. */
internal class Questions(private val handler: (suspend (Question) -> Elicitation<JsonObject>)?) : Listener {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val open = ConcurrentHashMap<Long, Job>()

    override fun input(port: Port, call: Long, payload: ByteArray) {
        val job = scope.launch(start = CoroutineStart.LAZY) {
            try {
                answer(port, call) {
                    val answer = handler?.invoke(decode(Question.serializer(), payload)) ?: Elicitation.cancel()
                    encodeSparse(Elicitation.serializer(JsonObject.serializer()), answer)
                }
            } finally {
                open.remove(call)
            }
        }
        open[call] = job
        job.start()
    }

    override fun cancelled(call: Long) {
        open.remove(call)?.cancel()
    }

    override fun closed() = scope.cancel()
}
