import Dovetail

private struct Person: Codable {
    var name: String
}

func resources() async throws {
    let server = Server("guide")
    try server.resource("note://welcome") { "Hello" }
    try server.resourceTemplate("note://people/{name}") { (person: Person) in "note for \(person.name)" }

    let client = try await Client.connect(server)
    for resource in try await client.listResources() {
        print(resource.uri)
    }
    do {
        for uri in ["note://welcome", "note://people/ada", "file:///nothing"] {
            for contents in try await client.readResource(uri).contents {
                print(contents.text ?? "")
            }
        }
    } catch let error as DovetailError {
        print("refused: \(error.name)")
    }
    await client.close()
}
