// Owns: the two layers of the fixture, for servers and clients alike.
import Dovetail

/// An error that is none of the package.
private struct Secret: Error {}

/// Both, the outer one first.
package func noting(in journal: Journal) -> [Layer] {
    ["outer", "inner"].map { name in
        Layer { message, next in
            if message.notification {
                return try await note(message, next, name, journal)
            }
            guard message.method == "tools/call", message.params["name"] != "journal" else {
                return try await next(message)
            }
            await journal.add("\(name) \(message.method)")
            return try await pass(message, next, name, journal)
        }
    }
}

private func note(_ message: Message, _ next: Next, _ name: String, _ journal: Journal) async throws -> JSONValue {
    await journal.add("\(name) \(message.method)")
    if name == "inner", message.params["uri"] == "note://dropped" {
        return [:]
    }
    return try await next(message)
}

private func pass(_ message: Message, _ next: Next, _ name: String, _ journal: Journal) async throws -> JSONValue {
    var message = message
    var replaces = false
    if message.params["name"] == "add" {
        switch (name, message.params["arguments"]?["a"]) {
        case ("outer", 100): message.params = changed(message.params)
        case ("inner", 101): return text("own answer")
        case ("inner", 102): throw DovetailError(.forbidden, "refused by a layer")
        case ("inner", 103): throw Secret()
        case ("outer", 104): replaces = true
        default: break
        }
    }
    do {
        let result = try await next(message)
        await journal.add("\(name) done")
        return replaces ? text("changed") : result
    } catch let error as DovetailError {
        await journal.add("\(name) \(error.name)")
        throw error
    }
}

private func changed(_ params: JSONValue) -> JSONValue {
    var members = params.object ?? [:]
    var arguments = members["arguments"]?.object ?? [:]
    arguments["a"] = 200
    members["arguments"] = .object(arguments)
    return .object(members)
}

private func text(_ text: String) -> JSONValue {
    ["content": [["type": "text", "text": .string(text)]]]
}
