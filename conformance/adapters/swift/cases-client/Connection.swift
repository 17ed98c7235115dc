// Owns: one client of this program, set up as a command says.
import Cases
import Dovetail

struct Connection: Sendable {
    let client: Client
    let journal = Journal()
    private let isGroup: Bool

    init(_ command: Command) async throws {
        guard let place = command.target else {
            throw DovetailError(.invalidArgument, "connect needs a target")
        }
        let options = command.options ?? Command.Options()
        let made = Self.options(options, journal: journal)
        if case .group(let members) = place {
            // JSON objects come without order here; the names of members are written in theirs.
            let named = try members.sorted { $0.key < $1.key }.map { ($0.key, try Self.target($0.value, options)) }
            client = try await Client.group(named, options: made)
            isGroup = true
        } else {
            client = try await Client.connect(Self.target(place, options), options: made)
            isGroup = false
        }
    }

    /// What was negotiated, and with whom.
    var description: JSONValue {
        get async throws {
            guard !isGroup else { return ["revision": .null, "name": "group"] }
            let server = try await client.serverInfo()
            return ["revision": .string(server.revision), "name": server.info["name"] ?? .null]
        }
    }

    private static func target(_ place: Command.Place, _ options: Command.Options) throws -> any Target {
        switch place {
        case .url(let url):
            return url
        case .command(let words):
            return Dovetail.Command(words[0], Array(words.dropFirst()), respawn: options.respawn ?? true)
        case .server(let fixture):
            return try makeFixture(fixture)
        case .group:
            throw DovetailError(.invalidArgument, "a group has no groups")
        }
    }

    private static func options(_ given: Command.Options, journal: Journal) -> ClientOptions {
        var options = ClientOptions(headers: given.headers ?? [:], revision: given.revision ?? "auto")
        options.timeout = given.timeoutMs.map { .milliseconds($0) }
        options.maxTotal = given.maxTotalMs.map { .milliseconds($0) }
        options.resetOnProgress = given.resetOnProgress
        options.cache = given.cache
        options.layers = given.layers == true ? noting(in: journal) : []
        if let answers = given.answers {
            options.onElicit = { question in
                Output.say(["event": "question", "message": .string(question.message)])
                return answers[question.message] ?? .decline
            }
        }
        return options
    }
}
