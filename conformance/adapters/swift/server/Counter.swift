// Owns: a number that the handlers of the process share.

actor Counter {
    private(set) var value = 0

    @discardableResult func increment() -> Int {
        value += 1
        return value
    }
}
