import Dovetail

struct Add: Encodable {
    var a: Int
    var b: Int
}

let words = CommandLine.arguments.dropFirst()
let client = try await Client.connect(Command(words.first!, Array(words.dropFirst())))  // or a URL
print(try await client.call("add", Add(a: 1, b: 2), as: Int.self))
await client.close()
