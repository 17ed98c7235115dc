// Owns: the resources of the fixtures.
import Dovetail

private struct Id: Codable { var id: String }

func addResources(to server: Server) throws {
    try server.resource("test://static-text", "Static text", "Text that never changes", mimeType: "text/plain") {
        "This is the content of the static text resource."
    }
    try server.resource("test://static-binary", "Static binary", "Bytes that never change", mimeType: "image/png") {
        Samples.png
    }
    try server.resource("test://watched-resource", "Watched", "Can be subscribed to", mimeType: "text/plain") {
        "Watched resource content"
    }
    try server.resourceTemplate(
        "test://template/{id}/data", "Template", "Data by id", mimeType: "application/json"
    ) { (variables: Id) in
        let data: JSONValue = [
            "id": .string(variables.id), "templateTest": true, "data": .string("Data for ID: \(variables.id)"),
        ]
        return data.description
    }
}
