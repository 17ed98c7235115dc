// The runtime of this process and the way in through UniFFI. Never keeps a session.

package dev.dovetail.boundary

import dev.dovetail.DovetailError
import dev.dovetail.generated.Codes
import dev.dovetail.generated.Fault
import dev.dovetail.generated.InternalException
import dev.dovetail.generated.Runtime
import java.lang.ref.Cleaner

/** How long the end of the process waits for sessions that are still open, in ms. */
private const val EXIT_DEADLINE_MS = 250UL

internal object Library {
    /** The runtime that all sessions of this process share. The exit of the process closes what is left open. */
    val runtime: Runtime by lazy {
        // A library of another contract is refused before anything else is called in it.
        Abi.checkVersion()
        crossing { Runtime.processDefault() }.also { runtime ->
            val farewell = Thread({ runtime.shutdown(EXIT_DEADLINE_MS) }, "dovetail-exit")
            java.lang.Runtime.getRuntime().addShutdownHook(farewell)
        }
    }

    /** Closes the sessions behind clients and servers that were forgotten. */
    val cleaner: Cleaner = Cleaner.create()
}

/** Calls UniFFI and turns its errors into ours. */
internal inline fun <T> crossing(call: () -> T): T =
    try {
        call()
    } catch (fault: Fault.Refused) {
        throw DovetailError.of(fault.body.encodeToByteArray())
    } catch (fault: InternalException) {
        throw DovetailError(Codes.PANIC, fault.message ?: "an internal fault; please report it")
    }
