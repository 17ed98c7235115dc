// Owns: the lines that this program obeys.
import Cases
import Dovetail

/// One line of the input. Which members matter depends on what is to be done.
struct Command: Decodable, Sendable {
    /// What to connect to.
    indirect enum Place: Decodable, Sendable {
        case url(String)
        case command([String])
        case server(FixtureOptions)
        case group([String: Place])

        private enum CodingKeys: String, CodingKey {
            case url, command, server, group
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            if let url = try members.decodeIfPresent(String.self, forKey: .url) {
                self = .url(url)
            } else if let command = try members.decodeIfPresent([String].self, forKey: .command), !command.isEmpty {
                self = .command(command)
            } else if let members = try members.decodeIfPresent([String: Place].self, forKey: .group) {
                self = .group(members)
            } else {
                self = .server(try members.decode(FixtureOptions.self, forKey: .server))
            }
        }
    }

    struct Options: Decodable, Sendable {
        var revision: String?
        var timeoutMs: Int?
        var maxTotalMs: Int?
        var resetOnProgress: Bool?
        var cache: Bool?
        var headers: [String: String]?
        var respawn: Bool?
        var layers: Bool?
        var answers: [String: Elicitation<JSONValue>]?
    }

    let id: Int
    let `do`: String
    var client: String?
    var target: Place?
    var options: Options?
    var tool: String?
    var arguments: JSONValue?
    var timeoutMs: Int?
    var progress: Bool?
    var raw: Bool?
    var what: String?
    var uri: String?
    var name: String?
    var tools: Bool?
    var prompts: Bool?
    var resources: Bool?
    var uris: [String]?
    var of: Int?
}
