// Owns: what the layers of one server or client saw.

package actor Journal {
    private var entries: [String] = []

    package init() {}

    func add(_ entry: String) {
        entries.append(entry)
    }

    /// Its entries; it is empty afterwards.
    package func take() -> [String] {
        defer { entries = [] }
        return entries
    }
}
