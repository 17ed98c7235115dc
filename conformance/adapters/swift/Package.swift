// swift-tools-version:6.0
import PackageDescription

// `dovetail` is a link to the package: a package is known by the last part of its path, and this folder is `swift` too.

let package = Package(
    name: "adapters",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "dovetail")],
    targets: [
        .executableTarget(
            name: "server", dependencies: [.product(name: "Dovetail", package: "dovetail")], path: "server"),
        .executableTarget(
            name: "client", dependencies: [.product(name: "Dovetail", package: "dovetail")], path: "client"),
        .executableTarget(
            name: "everything-server", dependencies: [.product(name: "Dovetail", package: "dovetail")],
            path: "everything-server"),
        .executableTarget(
            name: "everything-client", dependencies: [.product(name: "Dovetail", package: "dovetail")],
            path: "everything-client"),
        .executableTarget(
            name: "bridge",
            dependencies: [
                .product(name: "Dovetail", package: "dovetail"), .product(name: "DovetailTestkit", package: "dovetail"),
            ],
            path: "bridge"),
    ],
    swiftLanguageModes: [.v6]
)
