// The demo server on standard input and output.
import DemoTools

try await demo().serve(.stdio)
