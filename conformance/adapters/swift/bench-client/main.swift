// The client of the benchmark: `bench-client URL` or `bench-client -- COMMAND ARGUMENT…`. It makes the calls that lines
// `run CALLS IN_FLIGHT` of its input ask for.
import Dovetail
import Foundation

func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    exit(1)
}

func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}

struct Echo: Codable {
    var text: String
}

/// How many calls are still to be made.
actor Budget {
    private var left: Int

    init(_ calls: Int) {
        left = calls
    }

    func take() -> Bool {
        left -= 1
        return left >= 0
    }
}

func run(_ calls: Int, inFlight: Int, on client: Client) async throws {
    let echo = Echo(text: "abcdefghijklmnopqrstuvwxyz012345")
    let budget = Budget(calls)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<inFlight {
            group.addTask {
                while await budget.take() {
                    let text = try await client.call("echo", echo, as: String.self)
                    guard text == echo.text else { fail("echo gave \(text)") }
                }
            }
        }
        try await group.waitForAll()
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
let target: any Target
if arguments.first == "--", arguments.count > 1 {
    target = Command(arguments[1], Array(arguments.dropFirst(2)))
} else if arguments.count == 1 {
    target = arguments[0]
} else {
    fail("usage: bench-client URL | bench-client -- COMMAND ARGUMENT…")
}
do {
    let client = try await Client.connect(target)
    say("ready")
    while let line = readLine() {
        let words = line.split(separator: " ")
        guard words.count == 3, words[0] == "run", let calls = Int(words[1]), let inFlight = Int(words[2]) else {
            fail("no command: \(line)")
        }
        try await run(calls, inFlight: inFlight, on: client)
        say("done \(calls)")
    }
    await client.close()
} catch {
    fail("\(error)")
}
