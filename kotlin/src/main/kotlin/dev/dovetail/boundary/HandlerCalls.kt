package dev.dovetail.boundary

import dev.dovetail.Context
import dev.dovetail.invalid
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers

/**
 * Runs the handlers and the layers of a server. Layers stay on the thread that pumps: they must run also when every
 * place for handlers is taken.
 */
internal class HandlerCalls(
    private val handlers: Handlers,
    private val layers: Layers,
    dispatcher: CoroutineDispatcher?,
) : Listener {
    private val handling = RunningCalls(dispatcher)
    private val layering = RunningCalls(Dispatchers.Unconfined)

    override fun call(port: Port, call: Long, target: Int, payload: ByteArray) = handling.run(port, call) { job ->
        val handler = handlers[target]
        answer(port, call, byName = handler?.refuses ?: false) {
            if (handler == null) throw invalid("this is not offered any more")
            handler.handle(Context(port, call, job), payload)
        }
    }

    override fun intercept(port: Port, call: Long, target: Int, payload: ByteArray) =
        layering.run(port, call) { layers.run(port, call, target, payload) }

    override fun cancelled(call: Long) {
        handling.cancel(call)
        layering.cancel(call)
    }

    override fun closed() {
        handling.close()
        layering.close()
    }
}
