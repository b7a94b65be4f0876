import Foundation
import Lessons
import TestSupport
import Testing

@Suite struct ExplainTests {
  private let program = Program()

  private func svg(_ arguments: String...) throws -> String {
    let result = try program.run(["explain"] + arguments + ["--format", "svg"])
    #expect(result.errors == "")
    try #require(result.status == 0)
    return result.text
  }

  @Test func writesThePictureOrTheText() throws {
    let scratch = try Scratch()
    let picture = try program.run(["explain", "-o", scratch.path("lifecycle.svg")])
    #expect(picture.status == 0 && picture.errors == "")
    let svg = String(decoding: try scratch.read("lifecycle.svg"), as: UTF8.self)
    #expect(svg.contains("<svg ") && svg.contains("data-state=\"LAST_ACK\""))
    let text = try program.run(["explain", "--lang", "ko"])
    #expect(text.status == 0)
    #expect(text.text.hasPrefix("TCP 연결은 어떻게 열리고 닫히는가\n"))
  }

  @Test func otherFormatsAreRefused() throws {
    let result = try program.run(["explain", "--format", "json"])
    #expect(result.status == 64)
    #expect(
      result.errors
        == "tcptimeline: a lesson is not written as json;"
        + " choose svg, png, pdf, md, html, mermaid, plantuml or text\n")
  }

  @Test(arguments: LessonShelf.names)
  func everyLessonIsWrittenInEveryFormat(name: String) throws {
    for (format, sign) in [
      ("svg", "<svg "), ("md", "\n1. **"), ("html", "<li value=\"1\">"),
      ("mermaid", "sequenceDiagram\n"), ("plantuml", "@startuml\n"), ("text", "  1. "),
    ] {
      let result = try program.run(["explain", name, "--lang", "ko", "--format", format])
      #expect(result.status == 0 && result.errors == "", "\(name) \(format)")
      #expect(result.text.contains(sign), "\(name) \(format)")
      #expect(!result.text.contains("lesson.") && !result.text.contains("told."))
    }
  }

  @Test func namesTheLessons() throws {
    let list = try program.run(["explain", "--list"])
    #expect(
      list.text.split(separator: "\n").map { $0.split(separator: " ")[0] }
        == LessonShelf.names.map { Substring($0) })
    let wrong = try program.run(["explain", "lecture"])
    #expect(wrong.status == 64)
    #expect(wrong.errors.hasPrefix("tcptimeline: no lesson and no file is called lecture; the"))
  }

  /// The figures of the textbooks one by one, in every form.
  @Test func openingAndCloseAreLessonsOfTheirOwn() throws {
    let open = try svg("handshake")
    let close = try svg("close")
    for (state, isOfOpening) in [
      ("LISTEN", true), ("SYN_RECEIVED", true), ("FIN_WAIT_1", false), ("LAST_ACK", false),
    ] {
      #expect(open.contains("data-state=\"\(state)\"") == isOfOpening, "\(state)")
      #expect(close.contains("data-state=\"\(state)\"") == !isOfOpening, "\(state)")
    }
    #expect(open.contains("data-state=\"ESTABLISHED\"") && close.contains("\"ESTABLISHED\""))
    #expect(!open.contains(">2MSL<") && close.contains(">2MSL<"))
    #expect(open.matches(of: /class="segment"/).count == 3)
    #expect(close.matches(of: /class="segment"/).count == 4)
    for format in ["mermaid", "plantuml"] {
      let opening = try program.run(["explain", "handshake", "--format", format]).text
      let closing = try program.run(["explain", "close", "--format", format]).text
      #expect(opening.contains("SYN_RECEIVED") && opening.contains("handshake 40.1 ms"))
      #expect(!opening.contains("FIN"))
      #expect(closing.contains("LAST_ACK") && closing.contains("time_wait 60 s"))
      #expect(!closing.contains("SYN") && closing.contains("teardown 60.1 ms"))
    }
    let quiz = try program.run(["explain", "close", "--quiz"]).text
    #expect(quiz.contains("LAST_ACK") && !quiz.contains("SYN"))
    let text = try program.run(["explain", "close", "--lang", "ko"]).text
    #expect(text.hasPrefix("TCP 연결은 어떻게 닫히는가") && text.contains("  1. FIN, ACK"))
  }

  /// Marks, words and pictures beside the page.
  @Test func aPageHasItsPictureBesideIt() throws {
    let scratch = try Scratch()
    let result = try program.run(["explain", "nagle", "-o", scratch.path("nagle.md")])
    #expect(result.status == 0)
    let page = String(decoding: try scratch.read("nagle.md"), as: UTF8.self)
    #expect(page.contains("](nagle-assets/part-2.svg)"))
    let picture = String(decoding: try scratch.read("nagle-assets/part-2.svg"), as: UTF8.self)
    // The first part has four steps.
    #expect(picture.contains(">5<") && !picture.contains(">1<"))
  }

  // MARK: Motion

  /// Without what moves, the picture is the plain one.
  @Test(arguments: LessonShelf.names, ["en", "ko"])
  func theStillOfAMovingPictureIsThePlainOne(name: String, language: String) throws {
    func words(_ svg: String) -> [String] {
      svg.matches(of: /<(?:path|rect|circle|text|tspan)\b[^>]*>[^<]*/).map { String($0.output) }
        .sorted()
    }
    let plain = try svg(name, "--lang", language)
    let moving = try svg(name, "--lang", language, "--animate")
    #expect(words(plain) == words(moving))
    #expect(!plain.contains("@keyframes"))
    #expect(moving.contains("@keyframes"))
    // Everything that hides or moves asks the reader first.
    let rules = try #require(moving.firstMatch(of: /<style>([^<]*)<\/style>/)).output.1
    let outside = rules.replacing(
      /@media \(prefers-reduced-motion:no-preference\)\{(?:[^{}]*\{[^{}]*\})*\}/, with: "")
    #expect(!outside.contains("animation:") && !outside.contains("animation-"))
    #expect(!moving.contains("<script") && !moving.contains("<animate"))
  }

  /// Nothing tells in advance what will have held the sender back.
  @Test func theBandComesWithItsRows() throws {
    let moving = try svg("fast-retransmit", "--animate")
    let bands = moving.matches(of: /<g class="k k\d+"><g class="limit"/)
    #expect(bands.count == moving.matches(of: /class="limit"/).count && bands.count >= 2)
    #expect(!(try svg("fast-retransmit", "--step", "2")).contains("data-name=\"recovery\""))
  }

  @Test func aStepLeavesOutWhatComesAfterIt() throws {
    let whole = try svg("half-close")
    let third = try svg("half-close", "--step", "3")
    func segments(_ svg: String) -> Int { svg.matches(of: /class="segment"/).count }
    #expect(segments(whole) == 12 && segments(third) == 6)
    #expect(third.contains("CLOSE_WAIT") && !third.contains("LAST_ACK<"))
    #expect(
      third.firstMatch(of: /viewBox="[^"]*"/)?.output
        == whole.firstMatch(of: /viewBox="[^"]*"/)?.output)
    let beyond = try program.run(["explain", "half-close", "--step", "99", "--format", "svg"])
    #expect(beyond.status == 64)
    #expect(beyond.errors == "tcptimeline: --step 99: the lesson has 7 steps\n")
  }

  // MARK: Captures and scripts

  @Test func aConnectionOfACaptureIsToldStepByStep() throws {
    let result = try program.run(["explain", "Samples/many.pcap", "--connection", "2"])
    #expect(result.status == 0 && result.errors == "")
    #expect(result.text.hasPrefix("Connection 2 of many.pcap, step by step\n"))
    #expect(result.text.contains("asks to open"))
    let which = try program.run(["explain", "Samples/many.pcap"])
    #expect(which.status == 64)
    #expect(which.errors.contains("choose one with --connection ID"))
  }

  @Test func aScriptIsALessonOfOnesOwn() throws {
    let result = try program.run(["explain", "--script", "docs/examples/late-data.txt"])
    #expect(result.status == 0 && result.errors == "")
    #expect(result.text.contains("Nobody is there to read it: RST."))
    let wrong = try program.run(["explain", "--script", "docs/examples/wrong.txt"])
    #expect(wrong.status == 65)
    #expect(
      wrong.errors == "tcptimeline: docs/examples/wrong.txt: the length does not fit in"
        + " `1:101(200)`: 1:101 are 100 bytes (line 6)\n")
    let none = try program.run(["explain", "--script", "none.txt"])
    #expect(none.status == 66)
    let scratch = try Scratch()
    try scratch.write([0x30, 0xFF, 0xFE], "binary")
    let binary = try program.run(["explain", "--script", scratch.path("binary")])
    #expect(binary.status == 65 && binary.errors.contains("is no text in UTF-8"))
  }

  @Test func theScriptIsNotOverwritten() throws {
    let scratch = try Scratch()
    try scratch.write(Array("0 > S 0\nnote: x\n".utf8), "own.txt")
    let result = try program.run(
      ["explain", "--script", scratch.path("own.txt"), "-o", scratch.path("own.txt")])
    #expect(result.status == 73)
    #expect(try scratch.read("own.txt") == Array("0 > S 0\nnote: x\n".utf8))
  }

  // MARK: Questions

  @Test func questionsHaveTheAnswersOfTheCapture() throws {
    let result = try program.run(["explain", "half-close", "--quiz"])
    #expect(result.status == 0 && result.errors == "")
    let page = result.text
    #expect(page.contains("<details><summary>Answer</summary>"))
    // From the script: SYN 0, SYN/ACK 40 ms, ACK 40.05 ms.
    #expect(page.contains("Frames 1, 2, 3: SYN, SYN/ACK and ACK, in 40.1 ms."))
    // FIN of the client in frame 5 takes number 301.
    #expect(page.contains("ack 302: the FIN of the client in frame 5"))
    #expect(page.contains("The client sends the first FIN; four segments close"))
    #expect(page.contains("The client, because it closed first: 2MSL, which is 60 s in all"))
    let questions = page.matches(of: /\n\d+\. [^\n]*\?\n/)
    #expect(questions.count == page.matches(of: /<\/details>/).count)
    #expect(questions.count >= 8)
  }

  @Test(arguments: [["a.svg"], ["--animate", "a.md"], ["--step", "1", "a.md"]])
  func whatDoesNotGoTogetherIsSaid(arguments: [String]) throws {
    let scratch = try Scratch()
    let result = try program.run(
      ["explain", "half-close", "--quiz"] + arguments.dropLast()
        + ["-o", scratch.path(arguments.last ?? "")])
    #expect(result.status == 64)
    #expect(!FileManager.default.fileExists(atPath: scratch.path(arguments.last ?? "")))
  }
}
