import Dovetail

func revisions() async throws {
    let server = Server("guide")
    for revision in ["auto", "2025-11-25"] {
        let client = try await Client.connect(server, options: ClientOptions(revision: revision))
        print(try await client.serverInfo().revision)
        await client.close()
    }
}
