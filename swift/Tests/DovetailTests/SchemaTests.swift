// The schemas that types give, letter for letter, and the types that give none.
import Foundation
import Testing

@testable import Dovetail

@Suite struct SchemaTests {
    enum Sky: String, Codable, CaseIterable {
        case clear, cloudy, rain
    }

    struct Day: Codable {
        var day: Int
        var high: Double
        var sky: Sky
    }

    struct Report: Codable {
        var city: String
        var days: [Day]
        var note: String?
        var byName: [String: Bool]
        var anything: JSONValue
    }

    @Test func aStructGivesItsPropertiesInOrder() throws {
        let day =
            #"{"type":"object","properties":{"day":{"type":"integer"},"high":{"type":"number"},"#
            + #""sky":{"type":"string","enum":["clear","cloudy","rain"]}},"required":["day","high","sky"]}"#
        #expect(
            try Schema(of: Report.self).json
                == #"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"array","items":\#(day)},"#
                + #""note":{"type":"string"},"byName":{"type":"object","additionalProperties":{"type":"boolean"}},"#
                + #""anything":{}},"required":["city","days","byName","anything"]}"#)
    }

    @Test(arguments: [
        (try Schema(of: Int.self), #"{"type":"integer"}"#),
        (try Schema(of: UInt8.self), #"{"type":"integer","minimum":0,"maximum":255}"#),
        (try Schema(of: [Int?].self), #"{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"null"}]}}"#),
        (try Schema(of: Set<String>.self), #"{"type":"array","items":{"type":"string"},"uniqueItems":true}"#),
        (try Schema(of: Date.self), #"{"type":"string","format":"date-time"}"#),
        (try Schema(of: NoInput.self), #"{"type":"object","properties":{}}"#),
    ])
    func commonTypesAreKnown(schema: Schema, json: String) {
        #expect(schema.json == json)
    }

    struct Described: ToolInput {
        var city: String
        var days: Int?

        static var schema: Schema {
            .object {
                Property("city", .string, "Name of the city")
                Property("days", .integer, default: 1)
            }
        }
    }

    @Test func aTypeMayWriteItsOwnSchema() throws {
        let written =
            #"{"type":"object","properties":{"city":{"type":"string","description":"Name of the city"},"#
            + #""days":{"type":"integer","default":1}},"required":["city"]}"#
        #expect(try Schema(of: Described.self).json == written)
        #expect(try Schema(of: [Described].self).json == #"{"type":"array","items":\#(written)}"#)
    }

    enum Shape: Codable {
        case circle(radius: Double)
        case point
    }

    final class Tree: Codable {
        var children: [Tree] = []
    }

    struct Even: Codable {
        var number: Int

        init(from decoder: any Decoder) throws {
            number = try decoder.singleValueContainer().decode(Int.self)
            guard number == 2 else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not 2"))
            }
        }
    }

    @Test(
        arguments: [
            Shape.self, Tree.self, Even.self, [Int: String].self, [Shape].self, Shape?.self,
        ] as [any Decodable.Type])
    func whatCannotBeReadIsAnErrorThatSaysWhatToDo(type: any Decodable.Type) {
        #expect {
            try Schema(of: type)
        } throws: { error in
            (error as? DefinitionError)?.description.contains("conform to ToolInput") == true
        }
    }

    @Test func aToolThatCannotBeDefinedFailsAtItsDefinition() {
        let server = Server("demo")
        #expect(throws: DefinitionError.self) {
            try server.tool("draw") { (shape: Shape) in "drawn" }
        }
    }
}
