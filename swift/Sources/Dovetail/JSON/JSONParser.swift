// Owns: reading JSON text (RFC 8259). Must never accept what is no JSON.
import Foundation

/// Reads one text from its bytes.
struct JSONParser {
    private static let maxDepth = 512

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var depth = 0

    /// - Throws: `DecodingError` that says what is wrong, and where.
    static func parse(_ data: Data) throws -> JSONNode {
        try data.withUnsafeBytes { buffer in
            var parser = JSONParser(bytes: buffer.bindMemory(to: UInt8.self))
            let node = try parser.value()
            parser.skipSpace()
            guard parser.at == parser.bytes.count else { throw parser.wrong("something follows the value") }
            return node
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private mutating func value() throws -> JSONNode {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "{"):
            return .object(try members())
        case UInt8(ascii: "["):
            return .array(try elements())
        case UInt8(ascii: "t"):
            return try word("true", .bool(true))
        case UInt8(ascii: "f"):
            return try word("false", .bool(false))
        case UInt8(ascii: "n"):
            return try word("null", .null)
        default:
            return .number(try number())
        }
    }

    private mutating func members() throws -> [JSONMember] {
        try enter()
        var members: [JSONMember] = []
        while try goesOn(isFirst: members.isEmpty, end: UInt8(ascii: "}")) {
            guard peek() == UInt8(ascii: "\"") else { throw wrong("a name is expected") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw wrong("a colon is expected") }
            members.append(JSONMember(name: name, value: try value()))
        }
        return members
    }

    private mutating func elements() throws -> [JSONNode] {
        try enter()
        var elements: [JSONNode] = []
        while try goesOn(isFirst: elements.isEmpty, end: UInt8(ascii: "]")) {
            elements.append(try value())
        }
        return elements
    }

    private mutating func enter() throws {
        at += 1
        depth += 1
        guard depth <= Self.maxDepth else { throw wrong("it is nested more than \(Self.maxDepth) levels deep") }
    }

    /// Whether another element follows; steps over the comma before it, or over the end.
    private mutating func goesOn(isFirst: Bool, end: UInt8) throws -> Bool {
        skipSpace()
        if take(end) {
            depth -= 1
            return false
        }
        if !isFirst {
            guard take(UInt8(ascii: ",")) else { throw wrong("a comma is expected") }
            skipSpace()
        }
        return true
    }

    private mutating func string() throws -> String {
        at += 1
        let start = at
        var isASCII = true
        skipPlain()
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                let text = try text(start..<at, isASCII: isASCII)
                at += 1
                return text
            case UInt8(ascii: "\\"):
                return try escapedString(from: start, isASCII: isASCII)
            case 0..<0x20:
                throw wrong("a control character inside a string")
            case 0x80...:
                isASCII = false
            default:
                break
            }
            at += 1
        }
        throw wrong("a string does not end")
    }

    /// Steps over ASCII without anything to look at, eight bytes at a time.
    private mutating func skipPlain() {
        guard let base = bytes.baseAddress.map(UnsafeRawPointer.init) else { return }
        while at + 8 <= bytes.count, Self.isPlain(base.loadUnaligned(fromByteOffset: at, as: UInt64.self)) {
            at += 8
        }
    }

    /// Whether none of eight bytes is a control character, a quote, a backslash or beyond ASCII. The highest bit of a byte
    /// is set where something was found.
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let found = word | (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones)
        return found & (ones &* 0x80) == 0
    }

    /// A string with escapes, the first of which is next.
    private mutating func escapedString(from start: Int, isASCII: Bool) throws -> String {
        var result = try text(start..<at, isASCII: isASCII)
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return result
            }
            if byte == UInt8(ascii: "\\") {
                result.unicodeScalars.append(try escape())
                continue
            }
            let plain = at
            skipPlain()
            while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
                guard bytes[at] >= 0x20 else { throw wrong("a control character inside a string") }
                at += 1
            }
            result += try text(plain..<at, isASCII: false)
        }
        throw wrong("a string does not end")
    }

    private mutating func escape() throws -> Unicode.Scalar {
        at += 1
        defer { at += 1 }
        switch peek() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try codePoint()
        default: throw wrong("an unknown escape")
        }
    }

    /// The scalar of `\uXXXX`, or of two of them; stops at the last digit.
    private mutating func codePoint() throws -> Unicode.Scalar {
        let unit = try hex()
        if let scalar = Unicode.Scalar(unit) {
            return scalar
        }
        guard (0xD800..<0xDC00).contains(unit), at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "\\"),
            bytes[at + 2] == UInt8(ascii: "u")
        else { throw wrong("half a surrogate pair") }
        at += 2
        let low = try hex()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        else { throw wrong("half a surrogate pair") }
        return scalar
    }

    private mutating func hex() throws -> UInt32 {
        let digits = at + 1..<at + 5
        guard digits.upperBound <= bytes.count, let text = String(bytes: bytes[digits], encoding: .ascii),
            text.allSatisfy(\.isHexDigit), let unit = UInt32(text, radix: 16)
        else { throw wrong("four hexadecimal digits are expected") }
        at += 4
        return unit
    }

    private func text(_ range: Range<Int>, isASCII: Bool) throws -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        if isASCII {
            return String(decoding: slice, as: UTF8.self)
        }
        guard let text = String(bytes: slice, encoding: .utf8) else { throw wrong("a string that is not UTF-8") }
        return text
    }

    private mutating func number() throws -> String {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            try digits()
        }
        if take(UInt8(ascii: ".")) {
            try digits()
        }
        let isScaled = take(UInt8(ascii: "e")) || take(UInt8(ascii: "E"))
        if isScaled {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try digits()
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
        let mayOverflow = isScaled || at - start > 300
        guard !mayOverflow || Double(text)?.isFinite == true else { throw wrong("a number beyond every bound") }
        return text
    }

    private mutating func digits() throws {
        let start = at
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            at += 1
        }
        guard at > start else { throw wrong("a value is expected") }
    }

    private mutating func word(_ word: StaticString, _ node: JSONNode) throws -> JSONNode {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { throw wrong("a value is expected") }
        }
        return node
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            at += 1
        }
    }

    private func peek() -> UInt8? {
        at < bytes.count ? bytes[at] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        at += 1
        return true
    }

    private func wrong(_ what: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "no JSON: \(what), at byte \(at)"))
    }
}
