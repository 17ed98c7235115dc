package dev.dovetail.boundary

import dev.dovetail.Context
import dev.dovetail.invalid
import kotlinx.coroutines.CoroutineDispatcher

/** Runs the handlers and the layers of a server. */
internal class HandlerCalls(
    private val handlers: Handlers,
    private val layers: Layers,
    dispatcher: CoroutineDispatcher?,
) : Listener {
    private val running = RunningCalls(dispatcher)

    /** Whether handlers run on the pump's thread. */
    val onPump: Boolean get() = running.onPump

    override fun call(port: Port, call: Long, target: Int, payload: ByteArray) = running.run(port, call) { job ->
        val handler = handlers[target]
        answer(port, call, byName = handler?.refuses ?: false) {
            if (handler == null) throw invalid("this is not offered any more")
            handler.handle(Context(port, call, job), payload)
        }
    }

    override fun intercept(port: Port, call: Long, target: Int, payload: ByteArray) =
        running.run(port, call) { layers.run(port, call, target, payload) }

    override fun cancelled(call: Long) = running.cancel(call)

    override fun closed() = running.close()
}
