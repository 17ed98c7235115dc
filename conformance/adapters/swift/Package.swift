// swift-tools-version:6.0
import PackageDescription

// `dovetail` is a link to the package: a package is known by the last part of its path, and this folder is `swift` too.

func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .executableTarget(
        name: name, dependencies: [.product(name: "Dovetail", package: "dovetail")] + dependencies, path: name)
}

let package = Package(
    name: "adapters",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "dovetail")],
    targets: [
        program("server"),
        program("client"),
        program("everything-server"),
        program("everything-client"),
        program("bridge", .product(name: "DovetailTestkit", package: "dovetail")),
        .target(name: "Cases", dependencies: [.product(name: "Dovetail", package: "dovetail")], path: "cases"),
        program("cases-server", "Cases"),
        program("cases-client", "Cases"),
        program("bench-client"),
    ],
    swiftLanguageModes: [.v6]
)
