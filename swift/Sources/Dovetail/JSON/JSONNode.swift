// Owns: JSON text taken apart, with numbers as they were written.

/// One JSON value of a text. Decoding reads from it, so that a text is gone through once.
enum JSONNode {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])

    /// What it is, for a person.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// One member of an object.
struct JSONMember {
    let name: String
    let value: JSONNode
}

extension JSONValue {
    init(_ node: JSONNode) {
        switch node {
        case .null:
            self = .null
        case .bool(let flag):
            self = .bool(flag)
        case .number(let text):
            // A number too large for either is not finite, and the parser has refused it.
            self = Int(text).map(JSONValue.int) ?? .number(Double(text) ?? 0)
        case .string(let text):
            self = .string(text)
        case .array(let elements):
            self = .array(elements.map(JSONValue.init))
        case .object(let members):
            var object: [String: JSONValue] = [:]
            object.reserveCapacity(members.count)
            for member in members {
                object[member.name] = JSONValue(member.value)
            }
            self = .object(object)
        }
    }
}
