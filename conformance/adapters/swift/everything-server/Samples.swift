// Owns: the picture and the sound of the fixtures.
import Dovetail
import Foundation

enum Samples {
    /// A red pixel.
    static let png = base64(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQI12P4z8AAAAMBAQAY3Y2wAAAAAElFTkSuQmCC")
    /// One silent sample.
    static let wav = base64("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==")

    static let image = Content.image(png, mimeType: "image/png")

    private static func base64(_ text: String) -> Data {
        Data(base64Encoded: text) ?? Data()
    }
}
