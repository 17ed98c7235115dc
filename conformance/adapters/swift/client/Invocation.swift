// Owns: the command line.
import Dovetail

struct Invocation {
    static let usage =
        "usage: client [--revision REVISION] [--answer yes|no|none] cell|stubborn|changing|declared (URL | -- COMMAND…)"

    var revision = "auto"
    var answer = "yes"
    let scenario: String
    let target: any Target

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.first, ["--revision", "--answer"].contains(option), rest.count > 1 {
            let value = rest[rest.startIndex + 1]
            if option == "--revision" { revision = value } else { answer = value }
            rest = rest.dropFirst(2)
        }
        guard let scenario = rest.popFirst(), ["cell", "stubborn", "changing", "declared"].contains(scenario),
            ["yes", "no", "none"].contains(answer), let first = rest.popFirst()
        else { return nil }
        self.scenario = scenario
        if first != "--" {
            guard rest.isEmpty else { return nil }
            target = first
        } else if let program = rest.popFirst() {
            target = Command(program, Array(rest))
        } else {
            return nil
        }
    }
}
