import Dovetail

private struct Booking: Codable {
    var date: String
}

func elicitation() async throws {
    let server = Server("guide")
    try server.tool("book") { (_: NoInput, context) in
        let answer = try await context.elicit("Which day?", as: Booking.self)
        guard let booking = answer.content else { return "not booked" }
        return "booked for \(booking.date)"
    }

    let agreeing = ClientOptions(onElicit: { question in
        print("asked: \(question.message)")
        return .accept(["date": "2026-12-01"])
    })
    let declining = ClientOptions(onElicit: { _ in .decline })
    for options in [agreeing, declining] {
        let client = try await Client.connect(server, options: options)
        print(try await client.call("book", as: String.self))
        await client.close()
    }
}
