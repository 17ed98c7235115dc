// A client for the two servers: `client http://127.0.0.1:8000/mcp` or `client -- weather`.
import Dovetail
import Foundation

let arguments = CommandLine.arguments.dropFirst()
let target: any Target
if arguments.first == "--", let program = arguments.dropFirst().first {
    target = Command(program, Array(arguments.dropFirst(2)))
} else if arguments.count == 1, let url = arguments.first {
    target = url
} else {
    FileHandle.standardError.write(Data("usage: client URL | client -- COMMAND ARGUMENT…\n".utf8))
    exit(2)
}

/// Says yes to every question; a real program would show it to its user.
let agree: ElicitHandler = { question in
    print("question: \(question.message) yes")
    let fields = question.schema["properties"]?.object ?? [:]
    return .accept(.object(fields.mapValues { _ in true }))
}

do {
    let client = try await Client.connect(target, options: ClientOptions(onElicit: agree))
    let tools = try await client.listTools()
    print("tools: \(tools.map(\.name).joined(separator: ", "))")

    if tools.contains(where: { $0.name == "weather" }) {
        let result = try await client.call("weather", Place(city: "Oslo", days: 3)) { update in
            print("progress: \(update.message ?? "")")
        }
        for day in try result.data(as: Forecast.self).days {
            print("day \(day.day): \(Int(day.low)) to \(Int(day.high)) degrees, \(day.sky)")
        }
    }
    if tools.contains(where: { $0.name == "remove" }) {
        print(try await client.call("remove", ["path": "a.txt"], as: String.self))
    }
    await client.close()
} catch let error as DovetailError {
    print("error: \(error.name): \(error.detail)")
    exit(1)
}
