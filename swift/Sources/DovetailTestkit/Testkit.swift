// Owns: loopback sessions, apart from the package itself because published libraries do not have them.
import CDovetail
@_spi(Boundary) import Dovetail

@_spi(Boundary) extension NativeSession {
    /// Opens a loopback session: operations that succeed, fail, panic, never end or call the host, all on demand.
    public static func testkit() throws -> NativeSession {
        try open { runtime, out in dovetail_testkit_open(runtime, &out) }
    }
}
