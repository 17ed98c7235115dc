// A server with one tool that asks before it deletes: `remove` for stdio, `remove --http 127.0.0.1:8000` for HTTP.
import Dovetail
import Foundation

struct Remove: Codable {
    var path: String
}

/// The files that there are; nothing here touches the disk.
actor Files {
    private var names: Set = ["a.txt", "b.txt", "c.txt"]

    func require(_ path: String) throws {
        guard names.contains(path) else { throw ToolError("no such file: \(path)") }
    }

    func delete(_ path: String) throws {
        try require(path)
        names.remove(path)
    }
}

let server = Server("remove", version: "1.0.0")
let files = Files()

try server.tool("remove", "Delete a file after asking") { (input: Remove, context) in
    try await files.require(input.path)
    guard try await context.confirm("Delete \(input.path)?") else {
        return "kept \(input.path)"
    }
    try await files.delete(input.path)
    return "deleted \(input.path)"
}

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--http" {
    try await server.serve(.http(CommandLine.arguments[2])) { url in
        FileHandle.standardError.write(Data("listening on \(url ?? "")\n".utf8))
    }
} else {
    try await server.serve(.stdio)
}
