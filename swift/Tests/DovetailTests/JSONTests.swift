// JSON as it is read and written.
import Foundation
import Testing

@testable import Dovetail

@Suite struct JSONTests {
    private struct Everything: Codable, Equatable {
        enum Color: String, Codable {
            case red, green
        }
        struct Inner: Codable, Equatable {
            var values: [Double?]
        }

        var text: String
        var whole: Int8
        var large: UInt64
        var exact: Decimal
        var flag: Bool
        var absent: String?
        var null: Int?
        var color: Color
        var inner: [String: Inner]
        var date: Date
        var data: Data
        var url: URL
        var anything: JSONValue
    }

    private static let text = #"""
        {"text":"ä\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00€","whole":-1.2e1,"large":18446744073709551615,
         "exact":0.1000000000000000000001,"flag":true,"null":null,"color":"green",
         "inner":{"a":{"values":[1,null,2.5e-3]}},"date":"2026-12-01T00:00:00Z","data":"AQI=",
         "url":"https://example.org/a","anything":[1,1.5,"x",{},[],false,null]}
        """#

    @Test func everyTypeIsRead() throws {
        let read = try JSON.decode(Everything.self, from: Data(Self.text.utf8))
        #expect(read.text == "ä\"\\/\u{8}\u{C}\n\r\té😀€")
        #expect(read.whole == -12)
        #expect(read.large == .max)
        #expect(read.exact == Decimal(string: "0.1000000000000000000001"))
        #expect(read.flag && read.absent == nil && read.null == nil && read.color == .green)
        #expect(read.inner["a"]?.values == [1, nil, 0.0025])
        #expect(read.date == Date(timeIntervalSince1970: 1_796_083_200))
        #expect(read.data == Data([1, 2]))
        #expect(read.url.absoluteString == "https://example.org/a")
        #expect(read.anything == [1, 1.5, "x", [:], [], false, nil])
        #expect(try JSON.decode(Everything.self, from: JSON.encode(read)) == read)
    }

    @Test(arguments: [
        "", " ", "nul", "truely", "01", "-", "1.", ".5", "1e", "+1", "1e999", "\"", "\"\n\"", #""\x""#, #""\u12""#,
        #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "[", "[1", "[1,]", "[,1]", "[1 2]", "{", #"{"a"}"#,
        #"{"a":1,}"#, "{a:1}", "{1:1}", #"{"a" 1}"#, "1 2", "]", "NaN", "Infinity", "'a'",
    ]) func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: DecodingError.self) { try JSONValue(json: Data(text.utf8)) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        let texts: [[UInt8]] = [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0x5C, 0x6E, 0xFF, 0x22], [0xEF, 0xBB],
        ]
        for bytes in texts {
            #expect(throws: DecodingError.self) { try JSONValue(json: bytes) }
        }
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> Data {
            Data((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONValue(json: nested(512))
        #expect(throws: DecodingError.self) { try JSONValue(json: nested(513)) }
        #expect(throws: DecodingError.self) { try JSONValue(json: nested(1_000_000)) }
    }

    @Test func anErrorSaysWhereAndWhat() {
        struct Outer: Decodable {
            struct Inner: Decodable {
                var b: Int
            }
            var a: [Inner]
        }
        func explained(_ text: String) -> String? {
            let read = Result { try JSON.decode(Outer.self, from: Data(text.utf8)) }
            guard case .failure(let error as DecodingError) = read else { return nil }
            return JSON.explain(error)
        }
        #expect(explained(#"{"a":[{"b":1},{"b":"x"}]}"#) == "/a/1/b: Int is expected, a string is there")
        #expect(explained(#"{"a":[{}]}"#) == "/a/0: the member b is missing")
        #expect(explained(#"{"a":1}"#) == "/a: an array is expected, a number is there")
        #expect(explained(#"{"a":"#) == "/: no JSON: a value is expected, at byte 5")
    }

    @Test func whatIsSpecialIsSeenWhereverItStands() throws {
        for length in 0..<18 {
            for (special, meant) in [
                ("", ""), (#"\""#, "\""), (#"\\"#, "\\"), (#"\n"#, "\n"), ("ä", "ä"), ("🦀", "🦀"),
            ] {
                let before = String(repeating: "p", count: length)
                let after = String(repeating: "q", count: 17 - length)
                let read = try JSONValue(json: Data("[\"\(before)\(special)\(after)\",1]".utf8))
                #expect(read == [.string(before + meant + after), 1])
            }
            let control = "\"" + String(repeating: "p", count: length) + "\u{1F}pppppppp\""
            #expect(throws: DecodingError.self) { try JSONValue(json: Data(control.utf8)) }
        }
    }

    @Test func theLastOfSeveralMembersCounts() throws {
        for count in [2, 100] {
            let members = (0..<count).map { #""m\#($0)":\#($0),"same":\#($0)"# }.joined(separator: ",")
            let read = try JSON.decode([String: Int].self, from: Data("{\(members)}".utf8))
            #expect(read["same"] == count - 1)
            #expect(read.count == count + 1)
        }
    }

    @Test func valuesAreWrittenInOneWay() throws {
        let value: JSONValue = ["b": [1, 1.5, -0.25, 1e300], "a": ["x\u{1}\u{1F}\"\\/\n", nil, true], "c": [:]]
        let text = #"{"a":["x\u0001\u001f\"\\/\n",null,true],"b":[1,1.5,-0.25,1e+300],"c":{}}"#
        #expect(value.description == text)
        #expect(try JSONValue(json: value.encoded()) == value)
        #expect(JSONValue.number(2).description == "2")
        #expect(throws: EncodingError.self) { try JSONValue.number(.infinity).encoded() }
    }
}
