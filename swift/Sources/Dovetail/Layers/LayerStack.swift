// Owns: the layers of one server or client by number, and how a message goes through one of them.
import Foundation

/// Layers in order, the outermost first.
struct LayerStack: Sendable {
    private(set) var layers: [Layer]

    /// The member of a configuration; nil when there are none.
    var json: String? {
        guard !layers.isEmpty else { return nil }
        let numbered = layers.enumerated().map { number, layer in
            guard let methods = layer.methods else { return String(number) }
            return JSON.object(["handler": String(number), "methods": JSON.array(methods.map(JSON.quote))])
        }
        return JSON.array(numbered)
    }

    init(_ layers: [Layer] = []) {
        self.layers = layers
    }

    mutating func add(_ layer: Layer) {
        layers.append(layer)
    }

    /// Runs the layer that an event names.
    ///
    /// - Parameter log: hears of errors that are no ``DovetailError``.
    func answer(_ call: IncomingCall, log: LogHandler) async -> Answer {
        let inner = Locked<Inner>(.waiting)
        do {
            let message = try JSON.decode(Message.self, from: call.payload)
            let result = try await layers[call.target].run(message, Self.next(of: message, call, inner))
            return inner.with { $0 == .result(result) } ? .outcome : .whole(try result.encoded())
        } catch let error as DovetailError {
            return inner.with { $0 == .failure(error.code, error.detail) } ? .outcome : .refusal(error)
        } catch {
            if !call.isCancelled {
                log(.error("a layer failed: \(Definition.text(of: error))"))
            }
            return .refusal(DovetailError(.internal, "a layer failed"))
        }
    }

    private static func next(of message: Message, _ call: IncomingCall, _ inner: Locked<Inner>) -> Next {
        let session = call.session
        return Next { changed in
            var patch = Data()
            if changed.params != message.params {
                patch = Data(JSON.object(["params": try JSON.text(changed.params)]).utf8)
            }
            do {
                let payload = try await session.perform { key in
                    try session.native.proceed(call: call.id, key: key, patch: patch)
                }
                let result = try JSON.decode(JSONValue.self, from: payload)
                inner.with { $0 = .result(result) }
                return result
            } catch let error as DovetailError {
                inner.with { $0 = .failure(error.code, error.detail) }
                throw error
            }
        }
    }
}

/// What came of the message inside of a layer. A layer that returns or throws just that passes it on as it is.
private enum Inner: Equatable {
    case waiting
    case result(JSONValue)
    case failure(ErrorCode, String)
}
