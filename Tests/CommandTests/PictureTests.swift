import Foundation
import TestSupport
import Testing

/// What can be asked of a picture.
@Suite struct PictureTests {
  private func svg(_ arguments: String...) throws -> String {
    let result = try Program().run(arguments + ["--format", "svg"])
    #expect(result.status == 0, "\(result.errors)")
    return result.text
  }

  private func frames(_ svg: String) -> [Int] {
    svg.components(separatedBy: "data-frame=\"").dropFirst().compactMap {
      Int($0.prefix { $0.isNumber })
    }
  }

  @Test func framesHaveAColumn() throws {
    let plain = try svg("Samples/textbook.pcap")
    let with = try svg("Samples/textbook.pcap", "--frames")
    #expect(with.contains(">frame</text>") && !plain.contains(">frame</text>"))
    for frame in 1...6 { #expect(with.contains(">\(frame)</text>")) }
  }

  @Test func aPartIsDrawnAlone() throws {
    let handshake = try svg("Samples/textbook.pcap", "--crop", "handshake")
    #expect(frames(handshake) == [1, 2, 3])
    #expect(!handshake.contains("data-state=\"FIN_WAIT_1\""))
    #expect(handshake.contains("data-state=\"ESTABLISHED\""))
    #expect(!handshake.contains("data-name=\"time_wait\""))
    let teardown = try svg("Samples/textbook.pcap", "--crop", "teardown")
    #expect(!teardown.contains("data-flags=\"SYN\""))
    #expect(teardown.contains("data-state=\"TIME_WAIT\""))
    // The state that the part begins in.
    #expect(teardown.contains("data-state=\"ESTABLISHED\""))
    let middle = try svg("Samples/textbook.pcap", "--crop", "4-6")
    #expect(frames(middle) == [4, 5, 6])
    // What became of a segment is known from the whole.
    let lost = try svg("Samples/retransmissions.pcap", "--crop", "138-140")
    #expect(lost.contains(">lost<"))
  }

  @Test(
    arguments: [
      ("textbook.pcap", "50-60", "it has the frames 1 to 13"),
      ("path-dies.pcap", "teardown", "no FIN or RST was captured"),
    ])
  func aPartThatIsNotThereIsSaid(_ sample: String, _ crop: String, _ there: String) throws {
    let result = try Program().run(
      "Samples/" + sample, "--connection", "1", "--crop", crop, "--format", "svg")
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(
      result.errors == "tcptimeline: --crop \(crop): nothing of connection 1 to draw; \(there)\n")
  }

  @Test func aNameThatNobodyHasIsSaid() throws {
    let result = try Program().run(
      "Samples/refused.pcap", "--name", "10.61.2.20=web", "--name", "10.9.9.9=nobody")
    #expect(result.status == 0 && result.text.contains("web:4444"))
    #expect(result.errors == "tcptimeline: --name 10.9.9.9=..: no connection has this address\n")
  }

  /// What is attached to a ticket says what is wrong.
  @Test func aPictureOfOneConnectionHoldsItsFinding() throws {
    let picture = try svg("Samples/refused.pcap", "--connection", "2")
    #expect(picture.contains("class=\"findings\""))
    let words = picture.replacing(/<[^>]*>/, with: " ").split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    #expect(words.contains("or a firewall rejects. (connection 2; frame 4)"), "\(words)")
    #expect(!(try svg("Samples/textbook.pcap")).contains("class=\"findings\""))
  }

  @Test func partsAreLeftOut() throws {
    let whole = try svg("Samples/textbook.pcap")
    #expect(whole.contains("ISN ") && whole.contains("mss 1460") && whole.contains("\"state\""))
    let bare = try svg("Samples/textbook.pcap", "--hide", "options,isn,states")
    #expect(!bare.contains(">ISN ") && !bare.contains("sackOK · TS") && !bare.contains("\"state\""))
    for parts in ["everything", "words"] {
      let result = try Program().run("Samples/textbook.pcap", "--hide", parts)
      #expect(result.status == 64)
    }
    let figure = try svg("Samples/textbook.pcap", "--hide", "head,foot,times,phases")
    for group in ["outcome", "foot", "gutter", "phase"] {
      #expect(whole.contains("class=\"\(group)\"") && !figure.contains("class=\"\(group)\""))
    }
    #expect(frames(figure) == frames(whole))
  }

  /// A book has its own words beside the figure.
  @Test(arguments: ["handshake", "time-wait"])
  func aLessonsFigureStandsWithoutItsWords(_ lesson: String) throws {
    func texts(_ options: String...) throws -> [Substring] {
      let result = try Program().run(["explain", lesson, "--format", "svg", "-o", "-"] + options)
      #expect(result.status == 0, "\(result.errors)")
      return result.text.matches(of: /<text[^>]*>(?:<tspan[^>]*>)?([^<]*)/).map(\.output.1)
    }
    let whole = try texts()
    let bare = try texts(
      "--hide", "head,words,foot,times,phases", "--name", "client=Alice", "--name", "server=Bob")
    // A figure's words are states, flags and numbers.
    #expect(whole.contains { $0.count > 60 })
    #expect(!bare.contains { $0.count > 60 }, "\(bare)")
    #expect(bare.contains("Alice") && bare.contains("Bob") && !whole.contains("Alice"))
    #expect(bare.contains("ESTABLISHED") || bare.contains("FIN_WAIT_1"))
  }

  /// A title of one's own is what readers and screen readers find, escaped, and once.
  @Test(arguments: ["textbook.pcap", "many.pcap"])
  func aTitleStandsAtTheHead(_ sample: String) throws {
    let picture = try svg("Samples/" + sample, "--title", "Before & after")
    #expect(picture.matches(of: />Before &amp; after</).count == 2)
    let page = try Program().run(
      ["Samples/" + sample, "--title", "Before & after", "--format", "html", "-o", "-"]
    ).text
    #expect(page.contains("<h1>Before &amp; after</h1>"))
    #expect(page.matches(of: /Before &amp; after/).count == 2)
  }

  @Test func aLessonIsASlideWithATitle() throws {
    let scratch = try Scratch()
    for lesson in ["handshake", "time-wait"] {
      let file = scratch.path("\(lesson).svg")
      let result = try Program().run(
        ["explain", lesson, "--slide", "--title", "First segments", "-o", file])
      #expect(result.status == 0, "\(result.errors)")
      let picture = try String(contentsOfFile: file, encoding: .utf8)
      let box = try #require(picture.firstMatch(of: /viewBox="0 0 (\d+) (\d+)"/))
      let (width, height) = (Double(box.1) ?? 0, Double(box.2) ?? 0)
      #expect(abs(width / height - 16.0 / 9) < 0.01)
      #expect(picture.contains(">First segments<"))
    }
  }

  /// What fits is drawn whole; what does not keeps the segments that open and close.
  @Test func aSlideTellsTheWholeLifecycle() throws {
    let whole = try svg("Samples/textbook.pcap", "--slide")
    #expect(frames(whole) == Array(1...13) && !whole.contains("not drawn"))
    for sample in ["half-close.pcapng", "zero-window.pcap", "retransmissions.pcap"] {
      let picture = try svg("Samples/" + sample, "--slide")
      #expect(picture.matches(of: /data-flags="[A-Z,]*SYN[A-Z,]*"/).count == 2, "\(sample)")
      #expect(picture.matches(of: /data-flags="[A-Z,]*FIN[A-Z,]*"/).count == 2, "\(sample)")
      #expect(picture.contains("not drawn") && !picture.contains(">1 segment not drawn"))
    }
  }

  /// What is little is large.
  @Test func aPartOnASlideIsReadFromTheLastRow() throws {
    let picture = try svg("Samples/textbook.pcap", "--slide", "--crop", "handshake")
    let box = try #require(picture.firstMatch(of: /viewBox="0 0 (\d+) (\d+)"/))
    #expect((Int(box.1) ?? .max) <= 840)
    #expect(!picture.contains("class=\"foot\""))
  }

  @Test(arguments: ["textbook.pcap", "retransmissions.pcap", "many.pcap"])
  func aSlideIsSixteenToNine(_ sample: String) throws {
    let picture = try svg("Samples/" + sample, "--slide")
    let box = try #require(picture.firstMatch(of: /viewBox="0 0 (\d+) (\d+)"/))
    let (width, height) = (Double(box.1) ?? 0, Double(box.2) ?? 0)
    #expect(abs(width / height - 16.0 / 9) < 0.01)
    // Letters of 10 pixels are 7 points and more on a slide of 33.9 cm.
    #expect(width <= 1282)
  }

  /// Of many: what is wrong first, a diagram a story, and links to them.
  @Test func aReportsPictureIsBounded() throws {
    let picture = try svg("Samples/many.pcap")
    let box = try #require(picture.firstMatch(of: /viewBox="0 0 \d+ (\d+)"/))
    #expect((Int(box.1) ?? .max) < 8_000)
    #expect(
      picture.contains("class=\"findings\"") && picture.contains("10.61.2.20:8095 refused 34"))
    #expect(!picture.contains(" …</"))
    let drawn = picture.matches(of: /class="connection" id="c(\d+)"/).map { $0.1 }
    let links = picture.matches(of: /href="#c(\d+)"/).map { $0.1 }
    #expect(drawn.count >= 2 && drawn.count <= 8)
    #expect(Set(links).isSubset(of: Set(drawn)) && !links.isEmpty)
  }

  @Test func aSiteMaySwitchTheScheme() throws {
    let picture = try svg("Samples/textbook.pcap", "--theme", "css")
    #expect(picture.contains(".dark #t") && picture.contains("[data-theme=dark] #t"))
    #expect(!picture.contains("prefers-color-scheme"))
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/rsvg-convert"),
      "rsvg-convert is not installed"),
    arguments: [("png", [0x89, 0x50, 0x4E, 0x47]), ("pdf", [0x25, 0x50, 0x44, 0x46])]
      as [(String, [UInt8])])
  func aPictureIsConverted(_ ending: String, _ magic: [UInt8]) throws {
    let scratch = try Scratch()
    for name in ["a.", "b."] {
      let result = try Program().run("Samples/refused.pcap", "-o", scratch.path(name + ending))
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(Array(try scratch.read("a." + ending).prefix(4)) == magic)
    #expect(try scratch.read("a." + ending) == scratch.read("b." + ending))
  }

  @Test func aMissingConverterIsNamedWithItsPackage() throws {
    var program = Program()
    let scratch = try Scratch()
    program.environment["PATH"] = scratch.folder.path
    let result = try program.run("Samples/refused.pcap", "-o", scratch.path("a.png"))
    #expect(result.status == 73)
    #expect(result.errors.contains("librsvg2-bin"))
    #expect(try scratch.names() == [])
  }
}
