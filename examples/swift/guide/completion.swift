import Dovetail

private struct Review: Codable {
    var language: String
}

func completion() async throws {
    let languages = ["python", "pytorch", "rust"]
    let server = Server("guide")
    try server.prompt(
        "review", "Review code",
        complete: ["language": { wanted in languages.filter { $0.hasPrefix(wanted.value) } }]
    ) { (review: Review) in "Review this \(review.language) code." }

    let client = try await Client.connect(server)
    let suggested = try await client.complete(.prompt("review"), argument: "language", value: "py")
    print(suggested.values.joined(separator: ", "))
    await client.close()
}
