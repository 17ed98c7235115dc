// Owns: the forms of the fixtures, and what was made of them in words.
import Dovetail

struct Prompted: Codable { var prompt: String }
struct Messaged: Codable { var message: String }

enum Forms {
    static let name = Schema.object { Property("name", .string) }
    static let confirm = Schema.object { Property("ok", .boolean) }
    static let color = Schema.object { Property("color", .string) }
    static let topic = Schema.object { Property("context", .string) }

    static let contact = Schema.object {
        Property("username", .string, "User name")
        Property("email", Schema.string.with("format", "email"), "User email")
    }

    static let defaults = Schema.object {
        Property("name", .string, "User name", default: "John Doe")
        Property("age", .integer, "User age", default: 30)
        Property("score", .number, "User score", default: 95.5)
        Property("status", .choice(["active", "inactive", "pending"]), "User status", default: "active")
        Property("verified", .boolean, "Verification status", default: true)
    }

    static let choices = Schema.object {
        Property("untitledSingle", .choice(["option1", "option2", "option3"]), required: false)
        Property("titledSingle", Schema.string.with("oneOf", titled("Option")), required: false)
        Property(
            "legacyEnum",
            Schema.choice(["opt1", "opt2", "opt3"]).with("enumNames", ["Option One", "Option Two", "Option Three"]),
            required: false)
        Property("untitledMulti", .array(of: .choice(["option1", "option2", "option3"])), required: false)
        Property("titledMulti", .array(of: Schema([:]).with("anyOf", titled("Choice"))), required: false)
    }

    private static func titled(_ noun: String) -> JSONValue {
        let names = ["First", "Second", "Third"]
        return .array(
            names.enumerated().map { place, name in
                ["const": .string("value\(place + 1)"), "title": .string("\(name) \(noun)")]
            })
    }
}

extension Elicitation<JSONValue> {
    /// What the form was answered with, in words.
    var spoken: String {
        let action = "action=\(action.rawValue)"
        return content.map { "\(action), content=\($0)" } ?? action
    }
}
