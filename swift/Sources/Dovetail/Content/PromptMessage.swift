// Owns: what prompts consist of, the same on both sides of a connection.

/// One message of a prompt.
public struct PromptMessage: Codable, Hashable, Sendable {
    /// Who says it.
    public let role: Role
    /// What is said.
    public let content: Content

    public init(_ role: Role, _ content: Content) {
        self.role = role
        self.content = content
    }

    /// Something that the user says.
    public static func user(_ text: String) -> PromptMessage {
        PromptMessage(.user, .text(text))
    }

    /// Something that the user says.
    public static func user(_ content: Content) -> PromptMessage {
        PromptMessage(.user, content)
    }

    /// Something that the model says.
    public static func assistant(_ text: String) -> PromptMessage {
        PromptMessage(.assistant, .text(text))
    }
}

/// A prompt, written out.
public struct PromptResult: Codable, Sendable {
    /// What it is for.
    public let description: String?
    /// Its messages.
    public let messages: [PromptMessage]

    public init(_ messages: [PromptMessage], description: String? = nil) {
        self.messages = messages
        self.description = description
    }
}

/// What the handler of a prompt may return: text, which the user says, or messages.
public protocol PromptOutput: Sendable {
    /// The prompt, written out.
    var promptResult: PromptResult { get }
}

extension String: PromptOutput {
    public var promptResult: PromptResult { PromptResult([.user(self)]) }
}

extension PromptMessage: PromptOutput {
    public var promptResult: PromptResult { PromptResult([self]) }
}

extension [PromptMessage]: PromptOutput {
    public var promptResult: PromptResult { PromptResult(self) }
}

extension PromptResult: PromptOutput {
    public var promptResult: PromptResult { self }
}
