// Owns: tools and a prompt whose questions travel in results, under the names that the suite looks for.
import Dovetail

func addRounds(to server: Server) throws {
    // The suite answers this question before it is put.
    try server.tool("test_input_required_result_elicitation", "Asks for a name", openAnswers: true) {
        (_: NoInput, context) in
        let answer = try await context.elicit("What is your name?", schema: Forms.name, name: "user_name")
        return "Hello: \(answer.spoken)"
    }
    try server.tool("test_input_required_result_sampling", "Asks the model") { (_: NoInput, context) in
        let request = SampleRequest("What is the capital of France?", maxTokens: 100)
        return "The model said: \(try await context.sample(request, name: "capital_question").text)"
    }
    try server.tool("test_input_required_result_list_roots", "Asks for roots") { (_: NoInput, context) in
        let roots = try await context.listRoots(name: "client_roots")
        return "Roots: \(roots.map(\.uri).joined(separator: ", "))"
    }
    for name in ["test_input_required_result_request_state", "test_input_required_result_tampered_state"] {
        try server.tool(name, "Keeps its state") { (_: NoInput, context) in
            let answer = try await context.elicit("Please confirm", schema: Forms.confirm, name: "confirm")
            return "state-ok: \(answer.spoken)"
        }
    }
    try server.tool("test_input_required_result_multiple_inputs", "Asks three things at once") {
        (_: NoInput, context) in
        let answers = try await context.ask([
            "user_name": .form("What is your name?", schema: Forms.name),
            "greeting": .sample(SampleRequest("Generate a greeting", maxTokens: 50)),
            "client_roots": .roots,
        ])
        return "All answered: \(try answers.form("user_name").spoken)"
    }
    try server.tool("test_input_required_result_multi_round", "Asks twice") { (_: NoInput, context) in
        let name = try await context.elicit("Step 1: What is your name?", schema: Forms.name, name: "step1")
        let color = try await context.elicit(
            "Step 2: What is your favorite color?", schema: Forms.color, name: "step2")
        return "Done: \(name.spoken) and \(color.spoken)"
    }
    try server.tool("test_input_required_result_capabilities", "Asks what can be answered") { (_: NoInput, context) in
        try await ifAnswerable {
            _ = try await context.sample(SampleRequest("Say hello", maxTokens: 50))
        }
        try await ifAnswerable {
            _ = try await context.elicit("What is your name?", schema: Forms.name, name: "user_name")
        }
        return "Everything that this client can answer was asked"
    }
    try server.prompt("test_input_required_result_prompt", "Asks before it is written") { (_: NoInput, context) in
        let answer = try await context.elicit(
            "What context should the prompt use?", schema: Forms.topic, name: "user_context")
        return "Use this context: \(answer.spoken)"
    }
}

/// Asks; a client that cannot answer is not asked.
private func ifAnswerable(_ ask: () async throws -> Void) async throws {
    do {
        try await ask()
    } catch let error as DovetailError where error.code == .unanswerable {}
}
