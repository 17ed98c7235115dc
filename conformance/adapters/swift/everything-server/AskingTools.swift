// Owns: tools that ask their client, linear in every era.
import Dovetail

func addAsking(to server: Server) throws {
    try server.tool("test_sampling", "Asks the client's model") { (input: Prompted, context) in
        "LLM response: \(try await context.sample(SampleRequest(input.prompt, maxTokens: 100)).text)"
    }
    try server.tool("test_elicitation", "Asks the user") { (input: Messaged, context) in
        "User response: \(try await context.elicit(input.message, schema: Forms.contact).spoken)"
    }
    for name in ["test_elicitation_sep1034_defaults", "test_streaming_elicitation"] {
        try server.tool(name, "Asks with defaults") { (_: NoInput, context) in
            let answer = try await context.elicit("Please review the form with defaults", schema: Forms.defaults)
            return "Elicitation completed: \(answer.spoken)"
        }
    }
    try server.tool("test_elicitation_sep1330_enums", "Asks with choices") { (_: NoInput, context) in
        "Elicitation completed: \(try await context.elicit("Please select options", schema: Forms.choices).spoken)"
    }
    try server.tool("test_missing_capability", "Needs a client that can sample", asks: [.sample]) { (_: NoInput) in
        "The client can sample"
    }
}
