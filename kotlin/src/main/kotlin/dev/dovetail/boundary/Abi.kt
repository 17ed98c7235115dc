// What happens per call goes straight through the C ABI: a direct call takes a third of a microsecond, one through
// UniFFI up to a hundred. Owns the declarations and the reading of a failure; never decides anything.

package dev.dovetail.boundary

import com.sun.jna.Memory
import com.sun.jna.Native
import com.sun.jna.Pointer
import dev.dovetail.DovetailError
import dev.dovetail.generated.CONTRACT_VERSION
import dev.dovetail.generated.Codes

/** Functions of the native library, named as there. Sizes are `size_t` of a 64-bit process. */
@Suppress("FunctionName")
internal object Abi {
    const val OK: Int = 0

    /** Not an error: the buffer was too small and nothing was lost. */
    const val BUFFER_TOO_SMALL: Int = 1000

    private const val LIBRARY = "dovetail_uniffi"

    init {
        Native.register(Abi::class.java, LIBRARY)
    }

    /** Refuses a library of another contract. */
    fun checkVersion() {
        val version = dovetail_contract_version()
        if (version != CONTRACT_VERSION) {
            throw DovetailError(
                Codes.INVALID_STATE,
                "the native library speaks contract $version, this package $CONTRACT_VERSION; use matching versions",
            )
        }
    }

    external fun dovetail_contract_version(): Int

    external fun dovetail_last_error(buffer: Pointer?, capacity: Long, needed: Pointer): Int

    external fun dovetail_request(
        session: Pointer,
        key: Long,
        operation: ByteArray,
        operationSize: Long,
        params: ByteArray,
        paramsSize: Long,
        options: ByteArray,
        optionsSize: Long,
    ): Int

    external fun dovetail_exchange(
        session: Pointer,
        key: Long,
        head: ByteArray,
        headSize: Long,
        body: ByteArray,
        bodySize: Long,
    ): Int

    external fun dovetail_next_events(
        session: Pointer,
        max: Int,
        timeoutMs: Long,
        buffer: Pointer,
        capacity: Long,
        used: Pointer,
    ): Int

    external fun dovetail_reply(session: Pointer, call: Long, shape: Int, json: ByteArray, size: Long): Int

    external fun dovetail_reply_batch(session: Pointer, batch: Pointer, size: Long, stale: Pointer?): Int

    external fun dovetail_fail(session: Pointer, call: Long, failure: ByteArray, size: Long): Int

    external fun dovetail_proceed(session: Pointer, call: Long, key: Long, patch: ByteArray, size: Long): Int

    external fun dovetail_progress(session: Pointer, call: Long, progress: ByteArray, size: Long): Int

    external fun dovetail_log(session: Pointer, call: Long, message: ByteArray, size: Long): Int

    external fun dovetail_record(session: Pointer, call: Long, step: ByteArray, size: Long): Int

    external fun dovetail_update(session: Pointer, changes: ByteArray, size: Long): Int

    external fun dovetail_cancel(session: Pointer, key: Long): Int

    /** Throws the error behind a status; on the thread that received it, before any other call. */
    fun check(status: Int) {
        if (status != OK) throw failure(status)
    }

    /** The error behind a status. */
    fun failure(status: Int): DovetailError =
        Memory(Long.SIZE_BYTES.toLong()).use { needed ->
            dovetail_last_error(null, 0, needed)
            val size = needed.getLong(0)
            if (size == 0L) return DovetailError(status, "no details")
            Memory(size).use { buffer ->
                dovetail_last_error(buffer, size, needed)
                DovetailError.of(buffer.getByteArray(0, size.toInt()))
            }
        }
}
