import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

@Suite struct TextTests {
  @Test(arguments: Language.allCases)
  func everyLanguageHasTheSameKeys(language: Language) {
    func keys(_ language: Language) -> Set<String> {
      // Korean has one form for all numbers. English lessons are files of their own.
      Set(Texts.of(language).keys.filter { !$0.hasSuffix(".one") && !$0.hasPrefix("lessons.") })
    }
    #expect(keys(.en).subtracting(keys(language)) == [], "not in texts.\(language.rawValue).txt")
    #expect(keys(language).subtracting(keys(.en)) == [], "nothing says them")
  }

  @Test(arguments: Language.allCases)
  func everyNameOfTheModelHasAWord(language: Language) {
    let texts = Texts.of(language)
    var keys = Outcome.allCases.map { "outcome." + $0.rawValue }
    keys += Phase.Name.allCases.map { "phase." + $0.name }
    keys += EventKind.allCases.map { "kind." + $0.rawValue }
    keys += EventKind.allCases.filter { $0.sign != nil }.map { "kinds." + $0.rawValue }
    keys += Side.allCases.map { "side." + $0.name }
    keys += Limit.allCases.filter { $0 != .drain && $0 != .unknown }.map { "limit." + $0.name }
    keys += ["observed", "inferred", "assumed", "snapshot"].map { "basis." + $0 }
    for key in keys { #expect(texts(key) != key, "\(key) in \(language)") }
  }

  @Test(arguments: Language.allCases)
  func placesForValuesAreTheSameInEveryLanguage(language: Language) {
    func places(_ text: String) -> Set<Substring> {
      let parts = text.split(separator: "{", omittingEmptySubsequences: false).dropFirst()
      // A particle may follow a value.
      return Set(parts.compactMap { $0.split(separator: "}").first?.split(separator: "|").first })
    }
    for key in Texts.of(.en).keys where !key.hasSuffix(".one") {
      #expect(places(Texts.of(.en)(key)) == places(Texts.of(language)(key)), "\(key)")
    }
  }

  /// A particle behind a value follows its last sound; only the names of the sides always end in a vowel.
  @Test func noParticleIsFixedBehindAValue() {
    let texts = Texts.of(.ko)
    for key in texts.keys {
      for match in texts(key).matches(of: /\{([a-zA-Z]+)\}(?:은|는|이|가|을|를|과|와|으로|로)(?:[ ,.)]|$)/)
      where !["side", "peer", "Side", "limit"].contains(String(match.output.1)) {
        Issue.record("\(key): \(match.output.0)")
      }
    }
  }

  @Test func aNumberChoosesItsForm() {
    let texts = Texts.of(.en)
    #expect(texts.counted("run.acksBack", 1) == "1 ACK back")
    #expect(texts.counted("run.acksBack", 1200) == "1,200 ACKs back")
    #expect(Texts.of(.ko).counted("run.acks", 1) == "ACK 1개")
  }

  @Test func valuesMayHoldBraces() {
    let text = Texts.of(.en)(
      "title.connection", ["client": "{server}", "server": "b", "outcome": "closed"])
    #expect(text == "TCP connection {server} to b: closed")
  }

  @Test func textThatFitsIsLeftAlone() {
    let width = TextMetrics.width("ESTABLISHED", .state)
    #expect(TextMetrics.fitting("ESTABLISHED", .state, width: width) == "ESTABLISHED")
    #expect(TextMetrics.fitting("ESTABLISHED", .state, width: width - 1) == "ESTABLISH…")
  }

  @Test func wordsAreNeverLostInWrapping() {
    let text = "one two three four five six seven eight nine ten"
    let lines = TextMetrics.wrapped(text, .note, width: 90)
    #expect(lines.joined(separator: " ") == text)
    #expect(lines.count > 2)
    for line in lines { #expect(TextMetrics.width(line, .note) <= 90) }
  }

  @Test func aShortenedAddressKeepsItsPort() {
    let address = "[2001:db8:1f17:13f:3e97:eff:fe73:4dec]:53234"
    let short = TextMetrics.fittingEnds(address, .fixed, width: 200)
    #expect(short == "[2001:db8:1f17:…73:4dec]:53234")
    #expect(TextMetrics.width(short, .fixed) <= 200)
    #expect(TextMetrics.fittingEnds("192.0.2.1:80", .fixed, width: 200) == "192.0.2.1:80")
    #expect(TextMetrics.fittingEnds(address, .fixed, width: 0) == "…")
  }

  @Test func aNumberStaysWithItsUnitInWrapping() {
    let text = "half-closed 40.9 ms"
    let width = TextMetrics.width("half-closed 40.9", .note)
    #expect(TextMetrics.wrapped(text, .note, width: width) == ["half-closed", "40.9 ms"])
    #expect(TextMetrics.wrapped("(20.2 ms)", columns: 5) == ["(20.2", "ms)"])
  }

  @Test func dotsStayWithTheLastWordInWrapping() {
    #expect(TextMetrics.wrapped("it comes later ..", columns: 14) == ["it comes", "later .."])
    #expect(TextMetrics.wrapped("later ..", columns: 5) == ["later", ".."])
  }

  @Test func hostileNamesBecomePlain() {
    #expect(TextMetrics.plain("a\u{0}\u{1B}[31mb\u{202E}c") == "a\u{FFFD}\u{FFFD}[31mb\u{FFFD}c")
    #expect(TextMetrics.plain("a\u{200B}\u{E0041}\u{FEFF}") == "a\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect(TextMetrics.plain("tab\tnew\nline") == "tab new line")
    #expect(TextMetrics.plain("서버") == "서버")
    #expect(TextMetrics.plain("𒐫") == "\u{FFFD}")
    #expect(TextMetrics.plain("abcdef", limit: 3) == "abc…")
  }

  @Test func koreanIsAsWideAsItsSize() {
    #expect(TextMetrics.width("연결", .note) == 22)
  }
}
