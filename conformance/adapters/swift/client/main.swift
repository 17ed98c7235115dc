// The client of the shared tests: prints one line of JSON with what it observed.
import Dovetail
import Foundation

guard let invocation = Invocation(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data("\(Invocation.usage)\n".utf8))
    exit(2)
}
do {
    let scenario = Scenario(invocation)
    let observed = try await scenario.run()
    print(JSONValue.object(observed))
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
