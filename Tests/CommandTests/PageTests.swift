import Foundation
import TestSupport
import Testing

/// The HTML report in a browser, as a reader uses it.
@Suite(.enabled(if: Browser.isInstalled, "chromium is not installed"), .serialized)
struct PageTests {
  private let scratch: Scratch
  private let browser: Browser

  init() throws {
    scratch = try Scratch()
    browser = try Browser()
  }

  private func page(_ arguments: String..., named name: String = "r.html") throws -> String {
    let result = try Program().run(arguments + ["-o", scratch.path(name)])
    #expect(result.status == 0, "\(result.errors)")
    return scratch.path(name)
  }

  private static let rows = "#connection-table tbody tr"

  private func ids() throws -> [String] { try browser.texts(Self.rows + " td:first-child") }

  private func set(_ control: String, _ value: String) throws {
    _ = try browser.text(
      """
      (() => { const c = document.getElementById('\(control)'); c.value = '\(value)';
        c.dispatchEvent(new Event('input')); })()
      """)
  }

  private func press(_ selector: String) throws {
    _ = try browser.text("document.querySelector('\(selector)').click()")
  }

  private func shown() throws -> String {
    try browser.text("document.getElementById('shown').textContent")
  }

  @Test func theTableIsSortedSearchedAndFiltered() throws {
    try browser.open(try page("Samples/many.pcap"))
    #expect(try shown() == "2,000 connections, page 1 of 20")
    #expect(try ids() == (1...100).map(String.init))

    try press("th[data-key=duration] button")
    let rising = try browser.texts(Self.rows + " td:nth-child(5)")
    #expect(rising.first == "8.32 ms", "\(rising.prefix(3))")
    #expect(
      try browser.text(
        "document.querySelector('th[data-key=duration]').getAttribute('aria-sort')") == "ascending")
    try press("th[data-key=duration] button")
    #expect(try browser.text("document.querySelectorAll('[aria-sort=descending]').length") == "1")
    #expect(try browser.texts(Self.rows + " td:nth-child(5)").first != rising.first)

    try set("by-outcome", "refused")
    #expect(try shown() == "34 of 2,000 connections")
    #expect(Set(try browser.texts(Self.rows + " .outcome")) == ["refused"])
    try set("search", "10.61.1.10:45676")
    #expect(try ids() == ["1160"])
    try set("search", "#1160 refused")
    #expect(try ids() == ["1160"])
    try set("search", "nobody")
    #expect(try shown() == "0 of 2,000 connections")
    try press("#clear")
    #expect(try shown() == "2,000 connections, page 1 of 20")

    // From a finding to its connections, and from anywhere to any connection.
    try press("a[data-finding]")
    #expect(try shown() == "34 of 2,000 connections")
    try press("th[data-key=id] button")
    _ = try browser.text("location.hash = '#c1847'")
    #expect(try browser.text("document.activeElement.id") == "c1847")
    #expect(try shown() == "2,000 connections, page 19 of 20")
    try press("#next")
    #expect(try shown() == "2,000 connections, page 20 of 20")
    #expect(try browser.text("document.getElementById('next').disabled") == "true")

    #expect(try browser.print().count > 10_000)
    #expect(try browser.console() == [])
  }

  /// The script writes amounts as the report does, and without it the page says the same.
  @Test func aPageWithoutItsScriptShowsTheSameRows() throws {
    let file = try page("Samples/many.pcap", "--limit", "90")
    try browser.open(file)
    let scripted = try browser.texts(Self.rows + " td")
    #expect(try browser.console() == [])
    let text = String(decoding: try scratch.read("r.html"), as: UTF8.self)
    let start = try #require(text.range(of: "<script type")).lowerBound
    let end = try #require(text.ranges(of: "</script>").last).upperBound
    try scratch.write(Array((text[..<start] + text[end...]).utf8), "plain.html")
    try browser.open(scratch.path("plain.html"))
    #expect(try browser.texts(Self.rows + " td") == scripted)
    #expect(scripted.count == 90 * 13)
    #expect(
      try browser.text(
        """
        Array.from(document.querySelectorAll('a[href^="#"]')).map((a) => a.getAttribute('href'))
          .filter((href) => !document.getElementById(href.slice(1)))
        """) == "")
  }

  @Test(arguments: ["ipv6.pcapng", "http.pcapng", "retransmissions.pcap"])
  func aPhoneScrollsDownwardsOnly(_ sample: String) throws {
    let file = try page("Samples/" + sample)
    try browser.resize(width: 390, height: 844, isMobile: true)
    try browser.open(file)
    #expect(try browser.text("document.documentElement.scrollWidth") == "390")
    #expect(try browser.console() == [])
  }

  @Test func aPageHasLandmarksAndTablesHaveNames() throws {
    try browser.open(try page("Samples/http.pcapng"))
    for landmark in ["header", "nav[aria-label]", "main", "footer"] {
      #expect(try browser.text("document.querySelectorAll('\(landmark)').length") == "1")
    }
    #expect(try browser.text("document.querySelectorAll('table').length") != "0")
    for missing in [
      "table:not(:has(caption))", "th:not([scope])", "section:not([aria-labelledby])",
      "svg:not([role=img])", "input:not(label input)", "select:not(label select)",
      "table:not(:has(> thead))",
    ] {
      #expect(
        try browser.text("document.querySelectorAll('\(missing)').length") == "0", "\(missing)")
    }
    let ids = try browser.text("Array.from(document.querySelectorAll('[id]')).map((e) => e.id)")
      .split(separator: ",")
    #expect(Set(ids).count == ids.count)
    // A row of the overview leads to the diagram.
    #expect(try browser.text("document.querySelector('.overview a').getAttribute('href')") == "#c1")
  }

  @Test(arguments: [
    ["nightly", "Samples/nightly/snapshots"], ["Samples/many.pcap", "--by", "server"],
    [
      "--client-capture", "Samples/both-ends/nat-client.pcap", "--server-capture",
      "Samples/both-ends/nat-server.pcap",
    ],
  ])
  func everyTableHasAHeadToRepeat(_ arguments: [String]) throws {
    let file = scratch.path("r.html")
    #expect(try Program().run(arguments + ["-o", file]).status == 0)
    try browser.open(file)
    #expect(try browser.text("document.querySelectorAll('table').length") != "0")
    for missing in ["table:not(:has(> thead))", "th:not([scope])"] {
      #expect(
        try browser.text("document.querySelectorAll('\(missing)').length") == "0", "\(missing)")
    }
  }

  /// No page ends with a heading, and a table that goes on has its head again.
  @Test(.enabled(if: PageTests.readsPDF, "pdftotext is not installed"))
  func onPaperNothingStandsAlone() throws {
    try browser.open(try page("Samples/http.pcapng"))
    let pages = try printedPages()
    #expect(pages.count > 4)
    for page in pages {
      let last = page.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) } ?? ""
      for heading in ["Charts", "Phases", "States", "Events"] {
        #expect(!last.hasSuffix(heading), "\(last)")
      }
    }
    let heads = pages.joined().matches(of: /Begins, s +Duration +Phase +Frames/).count
    // A table that fits a page is on one.
    #expect(heads == 3)

    try browser.open(try page("nightly", "Samples/nightly/snapshots"))
    let continued = try printedPages().filter { page in
      page.split(separator: "\n").count(where: { $0.contains("reportd (12633)") }) > 5
    }
    #expect(continued.count > 1)
    for page in continued { #expect(page.contains(/Local +Peer +Process +Seen for/)) }
  }

  /// A diagram that is higher than a page is on several, in the size of all others, and cut through nothing.
  @Test(.enabled(if: PageTests.readsPDF, "pdftotext is not installed"))
  func onPaperATallDiagramGoesOn() throws {
    try browser.open(try page("Samples/retransmissions.pcap"))
    let pages = try printedPages()
    let ladder = pages.filter { $0.contains(/(PSH, )?ACK +\d+:\d+/) }
    #expect(ladder.count > 2)
    #expect(pages.joined().matches(of: /SYN +seq 0/).count == 1)
    #expect(try browser.console() == [])
  }

  private static let readsPDF = FileManager.default.isExecutableFile(atPath: "/usr/bin/pdftotext")

  private func printedPages() throws -> [Substring] {
    let path = try scratch.write(Array(try browser.print()), "print.pdf")
    var tool = Program()
    tool.program = URL(fileURLWithPath: "/usr/bin/pdftotext")
    let text = try tool.run("-layout", path, "-").text
    // The last one ends with a form feed, too.
    return text.split(separator: "\u{0C}").filter { !$0.allSatisfy(\.isWhitespace) }
  }
}
