import Foundation
import TestSupport
import Testing

/// The pictures of docs/gallery.md are what the commands beside them write, byte for byte. They are
/// recorded again with the samples: `TCPTIMELINE_RECORD=1 swift test --filter GalleryTests`.
@Suite struct GalleryTests {
  private static let folder = Repository.root.appendingPathComponent("docs/gallery")
  private static let commands = commands(of: "gallery.md")
  /// The pictures of the Korean page of mistakes that the gallery does not have.
  private static let mistakes = commands(of: "mistakes.ko.md").filter {
    $0.last?.hasPrefix("docs/mistakes/") == true
  }

  private static func commands(of page: String) -> [[String]] {
    let page = Repository.root.appendingPathComponent("docs/" + page)
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { $0.hasPrefix("tcptimeline ") }
      .map { $0.split(separator: " ").dropFirst().map(String.init) }
  }

  @Test(arguments: commands + mistakes)
  func pictureIsWhatItsCommandWrites(_ command: [String]) throws {
    let path = try #require(command.last)
    let scratch = try Scratch()
    let result = try Program().run(command.dropLast() + [scratch.path("picture.svg")])
    #expect(result.errors == "")
    try #require(result.status == 0)
    let written = try scratch.read("picture.svg")
    // Of sixty rows; a page of several connections has more.
    if !command.contains("Samples/port-reuse.pcap") { #expect(written.count <= 100_000) }
    let golden = Repository.root.appendingPathComponent(path)
    if ProcessInfo.processInfo.environment["TCPTIMELINE_RECORD"] != nil {
      try Data(written).write(to: golden)
    } else {
      #expect(try Array(Data(contentsOf: golden)) == written, "\(path) is another picture now")
    }
  }

  /// A page shows what its commands write.
  @Test(arguments: ["mistakes.md", "mistakes.ko.md"])
  func everyMistakeHasItsPicture(page: String) throws {
    let text = try String(
      contentsOf: Repository.root.appendingPathComponent("docs/" + page), encoding: .utf8)
    let shown = text.matches(of: /\]\(((?:gallery|mistakes)\/[^)]+)\)/)
      .map { "docs/" + $0.output.1 }
    #expect(shown == Self.commands(of: page).compactMap(\.last))
    #expect(text.matches(of: #/(?m)^## \d+\. /#).count >= 10)
  }

  @Test func everyPictureIsOnThePageAndTheOtherWayRound() throws {
    let page = try String(
      contentsOf: Repository.root.appendingPathComponent("docs/gallery.md"), encoding: .utf8)
    let shown = page.matches(of: /\]\(gallery\/([a-z0-9-]+\.svg)\)/).map { String($0.output.1) }
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    #expect(shown.sorted() == files)
    #expect(shown.count == Self.commands.count)
    #expect(shown.count >= 12)
  }
}
