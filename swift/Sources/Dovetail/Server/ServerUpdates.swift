// Owns: changes of what a server offers, and the news of them. Every change is announced to clients that listen.

extension Server {
    /// Takes a tool away. Nothing happens when there is none of that name.
    ///
    /// - Throws: ``DovetailError``, such as `closed`; so do all of these functions.
    public func remove(tool name: String) throws {
        try remove(.tools, name)
    }

    /// Takes a resource away.
    public func remove(resource uri: String) throws {
        try remove(.resources, uri)
    }

    /// Takes a family of resources away.
    public func remove(resourceTemplate uriTemplate: String) throws {
        try remove(.resourceTemplates, uriTemplate)
    }

    /// Takes a prompt away.
    public func remove(prompt name: String) throws {
        try remove(.prompts, name)
    }

    /// Shows a tool again that ``disable(tool:)`` hid.
    public func enable(tool name: String) throws {
        try change("enable", .tools, name)
    }

    /// Shows a resource again.
    public func enable(resource uri: String) throws {
        try change("enable", .resources, uri)
    }

    /// Shows a family of resources again.
    public func enable(resourceTemplate uriTemplate: String) throws {
        try change("enable", .resourceTemplates, uriTemplate)
    }

    /// Shows a prompt again.
    public func enable(prompt name: String) throws {
        try change("enable", .prompts, name)
    }

    /// Hides a tool: it is not listed and cannot be called until it is enabled.
    public func disable(tool name: String) throws {
        try change("disable", .tools, name)
    }

    /// Hides a resource.
    public func disable(resource uri: String) throws {
        try change("disable", .resources, uri)
    }

    /// Hides a family of resources.
    public func disable(resourceTemplate uriTemplate: String) throws {
        try change("disable", .resourceTemplates, uriTemplate)
    }

    /// Hides a prompt.
    public func disable(prompt name: String) throws {
        try change("disable", .prompts, name)
    }

    /// Tells the clients that watch a resource that it holds something else now.
    public func resourceUpdated(_ uri: String) throws {
        try update(["updated": JSON.array([JSON.quote(uri)])])
    }

    /// Tells clients that a list has changed, when it did so by other means than the functions of the server.
    public func announce(_ list: ChangedList) throws {
        try update(["changed": JSON.array([JSON.quote(list.rawValue)])])
    }

    private func remove(_ offer: Offer, _ id: String) throws {
        try change("remove", offer, id)
        forget(offer, id)
    }

    private func change(_ verb: String, _ offer: Offer, _ id: String) throws {
        try update([verb: JSON.object([offer.rawValue: JSON.array([JSON.quote(id)])])])
    }
}

/// A list of what a server offers.
public enum ChangedList: String, Sendable {
    case tools
    case prompts
    /// Resources and their templates.
    case resources
}
