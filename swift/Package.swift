// swift-tools-version:6.0
import PackageDescription

// The native library lies in lib/: a link to the build of the checkout, or the archive of a release.
let library = Context.packageDirectory + "/lib"

let package = Package(
    name: "dovetail",
    platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9)],
    products: [
        // development only: loopback sessions, which published libraries do not have.
        .library(name: "DovetailTestkit", targets: ["DovetailTestkit"]),
        // end of development
        .library(name: "Dovetail", targets: ["Dovetail"]),
    ],
    targets: [
        .systemLibrary(name: "CDovetail"),
        .target(
            name: "Dovetail",
            dependencies: ["CDovetail"],
            linkerSettings: [.unsafeFlags(["-L" + library]), .linkedLibrary("dovetail_c")]
        ),
        // development only
        .target(name: "DovetailTestkit", dependencies: ["CDovetail", "Dovetail"]),
        .target(name: "DemoTools", dependencies: ["Dovetail"], path: "Tests/DemoTools"),
        .executableTarget(name: "DemoServer", dependencies: ["DemoTools"], path: "Tests/DemoServer"),
        .testTarget(name: "DovetailTests", dependencies: ["DemoServer", "DemoTools", "Dovetail", "DovetailTestkit"]),
        // end of development
    ],
    swiftLanguageModes: [.v6]
)
