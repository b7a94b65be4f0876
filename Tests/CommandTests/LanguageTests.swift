import Foundation
import TestSupport
import Testing

/// In which language people are told what was found.
@Suite struct LanguageTests {
  private static let capture = Repository.sample("refused.pcap")
  private static let hasScript = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

  private func run(_ arguments: [String], locale: [String: String] = [:]) throws -> String {
    let result = try Program(environment: locale).run(arguments)
    #expect(result.status == 0 && result.errors == "")
    return result.text
  }

  private func isKorean(_ text: String) -> Bool {
    text.unicodeScalars.contains { (0xAC00...0xD7A3).contains($0.value) }
  }

  @Test func filesAndPipesAreEnglishWhateverTheLocale() throws {
    let locale = ["LC_ALL": "ko_KR.UTF-8"]
    for command in [
      [Self.capture], ["why", Self.capture], ["explain"], ["explain", "--list"],
      ["nightly", Repository.sample("nightly/snapshots")],
    ] {
      #expect(!isKorean(try run(command, locale: locale)), "\(command)")
    }
  }

  @Test(
    .enabled(if: hasScript),
    arguments: [
      ("LC_ALL=ko_KR.UTF-8", "", true), ("LANG=ko_KR.utf8", "", true), ("LC_MESSAGES=ko", "", true),
      // The first that is set decides.
      ("LC_ALL=C LANG=ko_KR.UTF-8", "", false), ("LANG=de_DE.UTF-8", "", false),
      ("LC_ALL= LC_MESSAGES=ko_KR.UTF-8 LANG=C", "", true),
      // What is written is UTF-8.
      ("LANG=ko_KR.EUC-KR", "", false), ("LANG=ko_KR.UTF-8@x", "", true),
      ("LANG=ko_KR.UTF-8", "--lang en", false), ("LANG=C", "--lang ko", true),
    ])
  func aTerminalTellsItsLanguage(locale: String, option: String, expected: Bool) throws {
    let shell = Shell(scratch: try Scratch())
    let report = "$TT $SAMPLES/refused.pcap \(option)"
    let (status, text) = try shell.run("\(locale) script -qec \"\(report)\" /dev/null")
    #expect(status == 0)
    #expect(isKorean(text) == expected, "\(text)")
  }

  @Test(arguments: ["md", "html", "text", "svg"])
  func aReportIsWhole(format: String) throws {
    let text = try run(
      [Self.capture, "--lang", "ko", "--format", format, "-o", "-"])
    #expect(isKorean(text))
    // Words that every English report of it has.
    for word in [" answered", "Duration", "Findings", "Client"] {
      #expect(!text.contains(word), "\(word)")
    }
    switch format {
    case "html": #expect(text.contains("<html lang=\"ko\">"))
    case "svg": #expect(text.contains("xml:lang=\"ko\""))
    default: break
    }
  }

  @Test(arguments: [
    ["why", Repository.sample("limits/loss.pcap")],
    [Repository.sample("many.pcap"), "--by", "server"],
    [
      "diff", Repository.sample("limits/loss.pcap"),
      Repository.sample("limits/nagle.pcap"),
    ],
    ["nightly", Repository.sample("nightly/snapshots")],
    ["explain", "--list"],
  ])
  func everyCommandForPeopleTakesIt(command: [String]) throws {
    let (english, korean) = (try run(command), try run(command + ["--lang", "ko"]))
    #expect(!isKorean(english) && isKorean(korean))
  }

  @Test func dataStaysEnglish() throws {
    for format in ["json", "ndjson", "csv", "zeek", "junit", "sarif"] {
      let command = [Self.capture, "--format", format, "-o", "-"]
      #expect(try run(command + ["--lang", "ko"]) == run(command), "\(format)")
    }
  }
}
