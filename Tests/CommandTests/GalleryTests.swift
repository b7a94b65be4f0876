import Foundation
import TestSupport
import Testing

/// The pictures of docs/gallery.md are what the commands beside them write, byte for byte. They are
/// recorded again with the samples: `TCPTIMELINE_RECORD=1 swift test --filter GalleryTests`.
@Suite struct GalleryTests {
  /// Pages that have a folder of pictures to themselves.
  private static let pages = ["gallery", "why", "both-ends", "findings"]

  /// The pictures that a page's commands write, but for those of other pages.
  private static func commands(of page: String, into folders: [String]) -> [[String]] {
    let path = Repository.root.appendingPathComponent("docs/\(page).md")
    let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n")
      .filter { line in
        line.hasPrefix("tcptimeline ") && folders.contains { line.contains(" docs/\($0)/") }
      }
      .map { Array(Manual.words(String($0)).dropFirst()) }
  }

  @Test(
    arguments: pages.flatMap { commands(of: $0, into: [$0]) }
      + commands(of: "mistakes.ko", into: ["mistakes"]))
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
  @Test(arguments: ["mistakes", "mistakes.ko"])
  func everyMistakeHasItsPicture(_ page: String) throws {
    let text = try String(
      contentsOf: Repository.root.appendingPathComponent("docs/\(page).md"), encoding: .utf8)
    let shown = text.matches(of: /\]\(((?:gallery|mistakes)\/[^)]+)\)/)
      .map { "docs/" + $0.output.1 }
    #expect(shown == Self.commands(of: page, into: ["gallery", "mistakes"]).compactMap(\.last))
    #expect(text.matches(of: #/(?m)^## \d+\. /#).count >= 10)
  }

  @Test(arguments: pages)
  func everyPictureIsOnItsPageAndTheOtherWayRound(_ page: String) throws {
    let docs = Repository.root.appendingPathComponent("docs")
    let text = try String(
      contentsOf: docs.appendingPathComponent("\(page).md"), encoding: .utf8)
    let shown = text.matches(of: /\]\(([a-z-]+)\/([a-z0-9-]+\.svg)\)/)
      .filter { $0.output.1 == page }.map { String($0.output.2) }
    let files = try FileManager.default.contentsOfDirectory(
      atPath: docs.appendingPathComponent(page).path
    ).sorted()
    #expect(shown.sorted() == files)
    #expect(shown.count == Self.commands(of: page, into: [page]).count)
    #expect(shown.count >= (page == "both-ends" ? 3 : 11))
  }
}
