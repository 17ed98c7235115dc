import Dovetail

private actor Till {
    private(set) var charges = 0

    func charge() -> Int {
        charges += 1
        return charges
    }
}

func steps() async throws {
    let till = Till()
    let server = Server("guide")
    // A question may run the handler again, once its answer is there. A step is not taken twice.
    try server.tool("pay") { (_: NoInput, context) in
        let receipt = try await context.step("charge") { await till.charge() }
        return try await context.confirm("Keep receipt \(receipt)?") ? "kept" : "thrown away"
    }

    let client = try await Client.connect(server, options: ClientOptions(onElicit: { _ in .accept([:]) }))
    _ = try await client.call("pay")
    print("charged \(await till.charges) time")
    await client.close()
}
