import Lessons
import TCPModel
import Testing

@Suite struct LessonReaderTests {
  private func message(_ text: String) -> String {
    do throws(ScriptError) {
      _ = try LessonReader.read(text)
      return "no error"
    } catch {
      return "\(error.line): \(error.message)"
    }
  }

  @Test func readsSegmentsAndWhatIsSaidOfThem() throws {
    let lesson = try LessonReader.read(
      """
      # A remark.
      title: Open
      source: RFC 9293
      before: First,
        and more.

      0     > S 0:0(0) win 1000 <mss 1460,nop,wscale 7,sackOK>
      note: It asks.
      +.02  < S. 0 ack 1
      +0us  > .
      +5ms  > P. 1:101(100) ack 1
      note: It sends
        a hundred bytes.
      after: That is all.
      """)
    #expect(lesson.title("ko") == "Open" && lesson.before("en") == "First, and more.")
    #expect(lesson.after("en") == "That is all.")
    let part = try #require(lesson.parts.first)
    #expect(part.segments.map(\.at) == [0, 20_000_000, 20_000_000, 25_000_000])
    #expect(part.segments.map(\.sequence) == [0, 0, 1, 1])
    #expect(part.segments.map(\.acknowledgment) == [nil, 1, 1, 1])
    #expect(part.segments[0].window == 1000 && part.segments[0].options.windowScale == 7)
    #expect(part.segments[3].length == 100)
    #expect(part.steps.map(\.segment) == [0, 3])
    #expect(part.steps[1].text("en") == "It sends a hundred bytes.")
  }

  @Test func partsAreConnectionsOfTheirOwn() throws {
    let lesson = try LessonReader.read(
      """
      title.en: Two
      title.ko: 둘
      part.en: One
      part.ko: 하나
      client: 10.0.0.1:1000
      0 > S 0
      note.en: a
      note.ko: 가
      after.en: between
      part.en: Other
      part.ko: 다른 것
      way: 10ms
      0 > S 0 lost
      1 > S 0
      """)
    #expect(lesson.title("ko") == "둘" && lesson.title("en") == "Two")
    #expect(lesson.parts.map { $0.title("ko") } == ["하나", "다른 것"])
    #expect(lesson.parts[0].client.port == 1000 && lesson.parts[0].after("en") == "between")
    #expect(lesson.parts[1].way == 10_000_000 && lesson.parts[1].segments[0].isLost)
    // What is lost is in the client's capture alone.
    #expect(lesson.parts[1].sights.map(\.frames) == [[0: 1, 1: 2], [1: 1]])
  }

  @Test(arguments: [
    ("", "1: a lesson without a segment: write one a line, as `0 > S`"),
    ("0 > S\nx > S", "2: `x > S` is neither a segment (0.02 > S) nor a text (title: ..)"),
    ("0 ? S", "1: `?` is no direction: > is client to server, < server to client"),
    ("0 >", "1: the flags are missing: S, S., ., P., F., R (- for none)"),
    ("0 > SX", "1: `X` in `SX` is no flag: S F R P U E W, and . for ACK"),
    ("0 > S 0:1(2)", "1: the length does not fit in `0:1(2)`: 0:1 are 1 bytes"),
    ("0 > . 1 ack", "1: `ack` needs a number"),
    ("0 > S ack 1", "1: `ack` needs the flag ACK, which is written as a dot"),
    ("0 > . 1 win 70000", "1: win 70000: a window is 0 to 65535 in the header"),
    ("0 > . 1 len 70000", "1: a segment of 70000 bytes; 0 to 65000 go into a packet"),
    (
      "0 > . 1 foo 2",
      "1: `foo` means nothing here: ack N, win N, len N, id N, ttl N, lost, then <options>"
    ),
    ("0 > S <mss>", "1: `mss` needs a number"),
    ("0 > S <mss 1460", "1: the options have no end: a `>` is missing"),
    ("0 > S <mss 1460> ack 1", "1: options stand last; something follows them"),
    ("0 > S <sack 1>", "1: sack takes one to four blocks: sack 2921:4381"),
    (
      "0 > S <xyz>",
      "1: `xyz` is no option: mss N, sackOK, ws N, ts VALUE/ECHO, sack LEFT:RIGHT, fo, nop"
    ),
    ("1 > S\n0 > .", "2: the time lies before that of the line above"),
    ("-1 > S", "1: the time is out of range"),
    (
      "99999999999 > S",
      "1: `99999999999` is no time: write 0.04, 40ms or, counted from the line before, +20ms"
    ),
    ("note: x\n0 > S", "1: a note belongs to the segment above it; there is none"),
    (
      "foo: x\n0 > S",
      "1: `foo:` is no text of a lesson; there are title, source, before, part, note, after, client, server, way"
    ),
    (
      "0 > S lost",
      "1: `lost` needs both ends: write `way: 20ms` above, or leave the segment's ACK out"
    ),
    (
      "way: 1ms\n0 < S. lost",
      "2: only what the client sends can be `lost`: frames are counted at its end"
    ),
    ("0 > S\nway: 1ms", "2: `way` stands above the segments of its part"),
    ("way: x\n0 > S", "1: `x` is no time under way: write 20ms"),
    ("client: ::1\n0 > S", "1: `::1` is no address with a port: 192.0.2.1:49152"),
    ("part: a\n0 > S\npart: b", "3: a part without a segment"),
  ])
  func saysWhatIsWrongAndWhere(text: String, expected: String) {
    #expect(message(text) == expected)
  }

  /// Whatever a file holds, it is a lesson or a message.
  @Test func survivesAnything() {
    let words = [
      "0", "+1ms", ">", "<", "S", "S.", "1:2(1)", "9223372036854775807", "-9223372036854775808:1",
      "ack", "win", "<mss 1>", "<", "note:", "part.en:", "way: 5s", "lost", "#", " ", "\t", ".",
      "é",
      "\n", "\n", "\n", "1e300", "nan", "+inf", "-", ":", "::", "<sack 1:2:3:4>", "len 4294967295",
    ]
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for round in 0..<4000 {
      var text = ""
      for _ in 0..<(round % 24) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += words[Int(state >> 33) % words.count] + " "
      }
      if let lesson = try? LessonReader.read(text) {
        for part in lesson.parts { #expect(!part.sights.isEmpty) }
      }
    }
  }
}
