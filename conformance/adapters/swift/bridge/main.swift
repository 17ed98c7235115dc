// The bridge of the shared tests: lines of JSON that drive a loopback session of the native layer.
import Dovetail
import Foundation

var bridge = Bridge()
while let line = readLine() {
    let answer: JSONValue
    do {
        answer = try bridge.answer(to: JSONValue(json: Data(line.utf8)))
    } catch let error as DovetailError {
        answer = [
            "error": [
                "code": .int(Int(error.code.rawValue)), "name": .string(error.name), "detail": .string(error.detail),
            ]
        ]
    }
    FileHandle.standardOutput.write(Data("\(answer)\n".utf8))
}
