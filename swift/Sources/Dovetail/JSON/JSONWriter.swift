// Owns: JSON text of values whose shape needs no encoder.
import Foundation

/// Writes one text, as bytes.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    /// The text of a value of one of the plain types; nil for all others.
    ///
    /// - Throws: `EncodingError` for a number that JSON cannot hold.
    static func plain(_ value: some Encodable) throws -> Data? {
        var writer = JSONWriter()
        switch value {
        case let text as String: writer.write(text)
        case let number as Int: writer.write(number: number)
        case let flag as Bool: writer.write(raw: flag ? "true" : "false")
        case let number as Double: try writer.write(number)
        case let value as JSONValue: try writer.write(value)
        default: return nil
        }
        return Data(writer.bytes)
    }

    /// A string with its quotes.
    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            bytes.reserveCapacity(bytes.count + utf8.count + 2)
            bytes.append(UInt8(ascii: "\""))
            var rest = utf8[...]
            while let special = rest.firstIndex(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
                bytes.append(contentsOf: rest[..<special])
                escape(rest[special])
                rest = rest[(special + 1)...]
            }
            bytes.append(contentsOf: rest)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    mutating func write(_ value: JSONValue) throws {
        switch value {
        case .null: write(raw: "null")
        case .bool(let flag): write(raw: flag ? "true" : "false")
        case .int(let number): write(number: number)
        case .number(let number): try write(number)
        case .string(let text): write(text)
        case .array(let elements):
            try list("[", elements, "]") { writer, element in try writer.write(element) }
        case .object(let members):
            try list("{", members.sorted { $0.key < $1.key }, "}") { writer, member in
                writer.write(member.key)
                writer.write(raw: ":")
                try writer.write(member.value)
            }
        }
    }

    private mutating func list<Element>(
        _ open: StaticString, _ elements: [Element], _ close: StaticString,
        _ write: (inout JSONWriter, Element) throws -> Void
    ) rethrows {
        self.write(raw: open)
        for (index, element) in elements.enumerated() {
            if index > 0 {
                self.write(raw: ",")
            }
            try write(&self, element)
        }
        self.write(raw: close)
    }

    private mutating func write(number: Int) {
        bytes.append(contentsOf: String(number).utf8)
    }

    private mutating func write(_ number: Double) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number, .init(codingPath: [], debugDescription: "JSON has no number like \(number)"))
        }
        let text = number.description
        bytes.append(contentsOf: (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8)
    }

    private mutating func write(raw text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): write(raw: #"\""#)
        case UInt8(ascii: "\\"): write(raw: #"\\"#)
        case UInt8(ascii: "\n"): write(raw: #"\n"#)
        case UInt8(ascii: "\r"): write(raw: #"\r"#)
        case UInt8(ascii: "\t"): write(raw: #"\t"#)
        default:
            let hex = String(byte, radix: 16)
            bytes.append(contentsOf: ("\\u00" + (hex.count == 1 ? "0" : "") + hex).utf8)
        }
    }
}
