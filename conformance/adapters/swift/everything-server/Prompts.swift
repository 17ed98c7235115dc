// Owns: the prompts of the fixtures.
import Dovetail

private struct Two: ToolInput {
    var arg1: String
    var arg2: String

    static var schema: Schema {
        .object {
            Property("arg1", .string, "First argument")
            Property("arg2", .string, "Second argument")
        }
    }
}

private struct Embedded: ToolInput {
    var resourceUri: String

    static var schema: Schema {
        .object { Property("resourceUri", .string, "URI of the resource") }
    }
}

func addPrompts(to server: Server) throws {
    let words: Completer = { completing in
        ["paris", "park", "party", "test", "testing"].filter { $0.hasPrefix(completing.value) }
    }
    try server.prompt("test_simple_prompt", "A prompt without arguments") { (_: NoInput) in
        "This is a simple prompt for testing."
    }
    try server.prompt(
        "test_prompt_with_arguments", "A prompt with two arguments", complete: ["arg1": words, "arg2": words]
    ) { (arguments: Two) in
        "Prompt with arguments: arg1='\(arguments.arg1)', arg2='\(arguments.arg2)'"
    }
    try server.prompt("test_prompt_with_embedded_resource", "A prompt with a resource") { (arguments: Embedded) in
        let text = "Embedded resource content for testing."
        return [
            PromptMessage.user(.resource(.text(arguments.resourceUri, text, mimeType: "text/plain"))),
            .user("Please process the embedded resource above."),
        ]
    }
    try server.prompt("test_prompt_with_image", "A prompt with an image") { (_: NoInput) in
        [PromptMessage.user(Samples.image), .user("Please analyze the image above.")]
    }
}
