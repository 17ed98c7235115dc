import Dovetail

private struct Guest: Codable {
    var name: String
}

func prompts() async throws {
    let server = Server("guide")
    try server.prompt("greet", "Greet somebody") { (guest: Guest) in "Greet \(guest.name)." }

    let client = try await Client.connect(server)
    for prompt in try await client.listPrompts() {
        print("\(prompt.name): \(prompt.description ?? "")")
    }
    for message in try await client.getPrompt("greet", Guest(name: "Ada")).messages {
        print("\(message.role): \(message.content.text ?? "")")
    }
    await client.close()
}
