// swift-tools-version:6.0
import PackageDescription

// `dovetail` is a link to the package: a package is known by the last part of its path, and this folder is `swift` too.
func example(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: [.product(name: "Dovetail", package: "dovetail")], path: name)
}

let package = Package(
    name: "examples",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "dovetail")],
    targets: [
        example("weather"), example("remove"), example("client"),
        example("quickstart-server"), example("quickstart-client"), example("guide"),
    ],
    swiftLanguageModes: [.v6]
)
