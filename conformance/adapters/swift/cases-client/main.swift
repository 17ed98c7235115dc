// The client of the shared cases: obeys JSON lines of its standard input and answers on its standard output.
import Dovetail
import Foundation

let program = Program()
while let line = readLine() {
    do {
        await program.obey(try JSONDecoder().decode(Command.self, from: Data(line.utf8)))
    } catch {
        FileHandle.standardError.write(Data("no command: \(line): \(error)\n".utf8))
        exit(2)
    }
}
await program.end()
