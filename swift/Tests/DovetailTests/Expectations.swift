// What several suites expect in the same words.
import Dovetail
import Testing

/// Expects a ``DovetailError`` with this code, and gives it for more questions.
@discardableResult
func expectCode<Result>(
    _ code: ErrorCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> DovetailError? {
    do {
        _ = try body()
        Issue.record("expected \(code.name), nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch {
        return check(error, code, sourceLocation)
    }
}

/// Expects a ``DovetailError`` with this code, and gives it for more questions.
@discardableResult
func expectCode<Result>(
    _ code: ErrorCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Result
) async -> DovetailError? {
    do {
        _ = try await body()
        Issue.record("expected \(code.name), nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch {
        return check(error, code, sourceLocation)
    }
}

private func check(_ error: any Error, _ code: ErrorCode, _ sourceLocation: SourceLocation) -> DovetailError? {
    let failure = error as? DovetailError
    #expect(failure?.code == code, "\(error)", sourceLocation: sourceLocation)
    return failure
}
