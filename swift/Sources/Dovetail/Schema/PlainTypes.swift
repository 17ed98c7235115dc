// Owns: the types whose schema is known without reading them, as JSON.swift encodes them.
import Foundation

/// A type that needs no reading.
struct PlainType {
    let schema: Schema
    /// Any value of the type.
    let sample: any Sendable

    /// By the identity of the type.
    static let all: [ObjectIdentifier: PlainType] = {
        var all: [ObjectIdentifier: PlainType] = [:]
        func add<Value: Sendable>(_ schema: Schema, _ sample: Value) {
            all[ObjectIdentifier(Value.self)] = PlainType(schema: schema, sample: sample)
        }
        func addInteger<Value: FixedWidthInteger & Sendable>(_ type: Value.Type) {
            let bounded = Schema.integer.with("minimum", .int(Int(Value.min)))
            add(Value.bitWidth < Int.bitWidth ? bounded.with("maximum", .int(Int(Value.max))) : bounded, Value.zero)
        }
        add(.string, "")
        add(.boolean, false)
        add(.number, 0.0)
        add(.number, Float(0))
        add(.number, Decimal(0))
        add(.integer, 0)
        add(.integer, Int64(0))
        addInteger(UInt.self)
        addInteger(UInt64.self)
        addInteger(Int32.self)
        addInteger(UInt32.self)
        addInteger(Int16.self)
        addInteger(UInt16.self)
        addInteger(Int8.self)
        addInteger(UInt8.self)
        add(Schema.string.with("format", "date-time"), Date(timeIntervalSince1970: 0))
        add(Schema.string.with("format", "uri"), URL(fileURLWithPath: "/"))
        add(Schema.string.with("format", "uuid"), UUID())
        add(Schema.string.with("contentEncoding", "base64"), Data())
        add(.any, JSONValue.null)
        return all
    }()
}
