import Support
import Testing

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("70 µs", 5),
    ("", 0), ("ab c", 4), ("é", 1), ("한글", 4), ("\u{1112}\u{1161}\u{11AB}", 2), ("日本", 4),
    ("Ａ", 2), ("ｱ", 1), ("😀", 2), ("…", 1),
  ])
  func columns(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test func whatIsTooLongEndsWithAnEllipsisAndFits() {
    #expect(DisplayWidth.shorten("한글 text", to: 20) == "한글 text")
    #expect(DisplayWidth.shorten("한글 text", to: 6) == "한글 …")
    for limit in 1..<9 {
      #expect(DisplayWidth.of(DisplayWidth.shorten("한글 text", to: limit)) <= limit)
    }
  }
}
