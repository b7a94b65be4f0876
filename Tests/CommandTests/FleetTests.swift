import Foundation
import Support
import TestSupport
import Testing

/// `tcptimeline nightly` on the snapshots of many hosts.
@Suite struct FleetTests {
  struct Report: Decodable {
    struct Finding: Decodable {
      var kind: String
      var severity: String
      var service: String?
      var hosts: [String]
      var ofHosts: Int
      var text: String
    }

    struct Host: Decodable {
      struct Finding: Decodable {
        var kind: String
        var text: String
      }

      struct Comparison: Decodable {
        var nights: Int
      }

      var host: String
      var hostBasis: String
      var addresses: [String]
      var snapshots: Int
      var mostSockets: Int
      var findings: [Finding]
      var comparedWith: Comparison?
    }

    struct Outlier: Decodable {
      var host: String
      var figure: String
      var value: Int
      var median: Int
    }

    struct Link: Decodable {
      struct End: Decodable {
        var host: String
        var process: String?
      }

      var client: End
      var server: End
      var port: Int
      var connections: Int
      var atBoth: Int
      var waits: [String: Int]
    }

    var schema: String
    var findings: [Finding]
    var hosts: [Host]
    var outliers: [Outlier]
    var links: [Link]
  }

  private func report(_ arguments: [String]) throws -> Report {
    let result = try Program().run(["nightly"] + arguments + ["-o", "-", "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output))
  }

  private func leaks(_ report: Report) -> [String] {
    report.hosts.filter { $0.findings.contains { $0.kind == "close_wait_growth" } }
      .map(\.host).sorted()
  }

  // MARK: Hosts told apart

  @Test(arguments: ["line", "file_name", "folder", "address"])
  func theLeakOfEachHostIsFoundInAFolderOfBoth(basis: String) throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 3
    fleet.leaking = [0, 2]
    fleet.hasLines = basis == "line"
    fleet.layout = basis == "folder" ? .folders : .flat(names: basis == "file_name")
    try fleet.write(to: scratch)
    let report = try report([scratch.folder.path])
    #expect(report.schema == "tcptimeline.fleet/1")
    let names = (0..<3).map { basis == "address" ? fleet.address($0) : fleet.name($0) }
    #expect(report.hosts.map(\.host).sorted() == names.sorted())
    #expect(report.hosts.allSatisfy { $0.hostBasis == basis && $0.snapshots == 6 })
    #expect(leaks(report) == [names[0], names[2]].sorted())
    #expect(report.findings.map(\.kind) == ["close_wait_growth"])
    #expect(report.findings[0].hosts.sorted() == leaks(report) && report.findings[0].ofHosts == 3)
    #expect(report.findings[0].text.hasPrefix("exportd leaks CLOSE_WAIT on 2 of 3 hosts"))
  }

  /// A second copying into the folder above.
  @Test func whatIsThereTwiceIsReadOnce() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 1
    fleet.leaking = [0]
    fleet.layout = .flat(names: true)
    let names = try fleet.write(to: scratch)
    let once = try Program().run("nightly", scratch.folder.path)
    #expect(once.text.contains("close_wait_growth") || once.text.contains("CLOSE_WAIT"))
    #expect(once.text.hasPrefix("Sockets of \(fleet.name(0)) from "))
    let copies = scratch.folder.appendingPathComponent("again")
    try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: false)
    for name in names { try scratch.write(try scratch.read(name), "again/" + name) }
    let twice = try Program().run("nightly", scratch.folder.path)
    #expect(twice.text == once.text)
    #expect(twice.errors.contains("there twice, name and bytes; read once"))
  }

  /// Nothing but the order of the files says that they are two hosts.
  @Test func whatCannotBeToldApartIsRefusedAndNotMixed() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 2
    fleet.isAlike = true
    fleet.leaking = [1]
    fleet.layout = .flat(names: false)
    try fleet.write(to: scratch)
    #expect(leaks(try report([scratch.folder.path])) == ["web2"])
    fleet.hasLines = false
    // The sockets that listen are others on the other host.
    let names = try fleet.write(to: scratch)
    for name in names where Int(name.prefix(10)).map({ ($0 - fleet.start) % 300 }) == 3 {
      let text = String(decoding: try scratch.read(name), as: UTF8.self)
      try scratch.write(Array(text.replacing("ino:10", with: "ino:77").utf8), name)
    }
    let result = try Program().run("nightly", scratch.folder.path)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("of several hosts in turn; begin each file with a line"))
    #expect(
      try Program().run("nightly", scratch.folder.path, "--host-from", "name").status == 64)
  }

  @Test(arguments: [
    ("{host}/*", ["web1", "web2"]), ("*/{host}-logs/*", []), ("*_{host}_*.txt", ["web1", "web2"]),
  ])
  func aPatternNamesTheHosts(pattern: String, hosts: [String]) throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 2
    fleet.hasLines = false
    fleet.layout = pattern.hasPrefix("*_") ? .flat(names: true) : .folders
    try fleet.write(to: scratch)
    let arguments = [scratch.folder.path, "--host-from", pattern]
    guard !hosts.isEmpty else {
      let result = try Program().run(["nightly"] + arguments)
      #expect(result.status == 64 && result.errors.contains("finds no host in this path"))
      return
    }
    let report = try report(arguments)
    #expect(report.hosts.map(\.host).sorted() == hosts)
    #expect(report.hosts.allSatisfy { $0.hostBasis == "pattern" })
  }

  @Test func whoseFilesTheyAreCanBeAsked() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 2
    fleet.snapshots = 2
    try fleet.write(to: scratch)
    let result = try Program(folder: scratch.folder).run("nightly", ".", "--list-hosts")
    #expect(
      result.text == """
        {"host":"web1","host_basis":"line","files":["./1795356000.250_web1_ss-tanoipem.txt",\
        "./1795356300.250_web1_ss-tanoipem.txt"]}
        {"host":"web2","host_basis":"line","files":["./1795356003.250_web2_ss-tanoipem.txt",\
        "./1795356303.250_web2_ss-tanoipem.txt"]}

        """)
  }

  @Test func foldersOfDaysAreNoHosts() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 1
    fleet.leaking = [0]
    fleet.hasLines = false
    fleet.layout = .flat(names: false)
    let names = try fleet.write(to: scratch)
    for (index, name) in names.enumerated() {
      let folder = scratch.path("2026-11-2\(index % 2)")
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: scratch.path(name), toPath: "\(folder)/\(name)")
    }
    let result = try Program().run("nightly", scratch.folder.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.contains("leaves connections on port 9090 unclosed"))
    #expect(!result.text.contains("Hosts"))
  }

  @Test func filesOfTwoHostsInOneAreRefused() throws {
    let scratch = try Scratch()
    let fleet = FleetFixture()
    try scratch.write(Array((fleet.text(0, 0) + fleet.text(1, 0)).utf8), "1795356000_all.txt")
    let result = try Program().run("nightly", scratch.path("1795356000_all.txt"))
    #expect(result.status == 65)
    #expect(result.errors.contains("is of another host than the lines before it"))
  }

  /// The first line is no row, no word that is unknown, and no line that was skipped.
  @Test func aNamedHostAloneIsReportedAsBefore() throws {
    var texts: [String] = []
    for hasLines in [true, false] {
      let scratch = try Scratch()
      var fleet = FleetFixture()
      fleet.hosts = 1
      fleet.leaking = [0]
      fleet.hasLines = hasLines
      try fleet.write(to: scratch)
      let result = try Program(folder: scratch.folder).run(
        "nightly", ".", "-o", "-", "--format", "json")
      #expect(result.status == 0)
      #expect(result.text.contains("\"tcptimeline.nightly/1\""))
      // The line moves the rows, and makes the file longer.
      let text = result.text.replacing(/"bytes":\d+/, with: "").replacing(
        /"first_line":\d+/, with: "")
      texts.append(text)
    }
    #expect(texts[0] == texts[1])
  }

  // MARK: The first page

  @Test func everyFormatSaysTheSameTwice() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.leaking = [1, 4]
    try fleet.write(to: scratch)
    let output = try Scratch()
    for ending in ["md", "html", "json", "txt"] {
      for (name, threads) in [("one", "1"), ("two", "3")] {
        let result = try Program().run(
          "nightly", scratch.folder.path, "-o", output.path("\(name).\(ending)"), "--threads",
          threads)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      }
      let (one, two) = (try output.read("one.\(ending)"), try output.read("two.\(ending)"))
      let text = String(decoding: one, as: UTF8.self).replacing("one-assets", with: "two-assets")
      #expect(text == String(decoding: two, as: UTF8.self))
      #expect(
        text.replacing("\\_", with: "_").contains(
          "exportd leaks CLOSE_WAIT on 2 of 6 hosts (web2, web5)"))
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: output.path("one-assets")).sorted()
        == ["host-1.svg", "host-2.svg"])
    let svg = try Program().run("nightly", scratch.folder.path, "-o", output.path("night.svg"))
    #expect(svg.status == 64)
    #expect(svg.errors.contains("the nights of 6 hosts are not written as svg; choose md, html,"))
  }

  @Test func connectionsAreSeenFromBothEnds() throws {
    let scratch = try Scratch()
    try FleetFixture().write(to: scratch)
    let report = try report([scratch.folder.path])
    #expect(report.links.count == 6)
    for link in report.links {
      #expect(link.client.process == "app" && link.server.process == "exportd")
      #expect(link.port == 9090 && link.connections == 3 && link.atBoth == 3)
      #expect(link.waits.isEmpty)
    }
    #expect(report.findings.isEmpty && report.outliers.isEmpty)
  }

  @Test func whoWaitsForWhomIsSaid() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 2
    let names = try fleet.write(to: scratch)
    // web1's app has closed; web2's exportd has not.
    for name in names {
      var text = String(decoding: try scratch.read(name), as: UTF8.self)
      if name.contains("web2") {
        text = text.replacing("ESTAB 0 0 10.7.0.2:9090", with: "CLOSE-WAIT 1 0 10.7.0.2:9090")
      } else {
        text = text.replacing("ESTAB 0 0 10.7.0.1:4", with: "FIN-WAIT-2 0 0 10.7.0.1:4")
      }
      try scratch.write(Array(text.utf8), name)
    }
    let report = try report([scratch.folder.path])
    #expect(report.links[0].client.host == "web1" && report.links[0].server.host == "web2")
    #expect(report.links[0].waits == ["server_does_not_close": 3])
    #expect(report.links[1].waits.isEmpty)
    let text = try Program().run("nightly", scratch.folder.path).text
    #expect(text.contains("the server leaves 3 unclosed"))
  }

  @Test func theOddHostIsNamed() throws {
    let scratch = try Scratch()
    let fleet = FleetFixture()
    let names = try fleet.write(to: scratch)
    let busy = try #require(names.first { $0.contains("web3") })
    let rows = (0..<90).map { "ESTAB 0 0 10.7.0.3:8080 10.88.0.\($0 % 20 + 1):\(30_000 + $0)\n" }
    try scratch.write(try scratch.read(busy) + Array(rows.joined().utf8), busy)
    let report = try report([scratch.folder.path])
    #expect(report.outliers.map(\.host) == ["web3", "web3"])
    #expect(Set(report.outliers.map(\.figure)) == ["ESTABLISHED", "sockets"])
    let sockets = report.outliers.first { $0.figure == "sockets" }
    #expect(sockets?.value == 99 && sockets?.median == 9)
  }

  /// Whose sockets they are is the news; and hosts come in the order of their numbers.
  @Test func aPeerOfAllHostsIsNamed() throws {
    let folder = try Scratch()
    for host in [10, 2, 1] {
      var text = "# host: web\(host)\nState Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
      for socket in 0..<40 {
        let peer = socket < 30 ? "10.99.0.66" : "10.99.1.\(socket)"
        text +=
          "ESTAB 0 0 10.7.0.\(host):443 \(peer):\(40_000 + socket)"
          + " users:((\"webd\",pid=7,fd=9))\n"
      }
      for time in [1_795_356_000, 1_795_356_300] {
        try folder.write(Array(text.utf8), "\(time).250_web\(host)_ss-tanoipem.txt")
      }
    }
    let report = try report([folder.folder.path])
    #expect(
      report.findings.map(\.text) == [
        "10.99.0.66 has a large share of the sockets of webd on 3 of 3 hosts"
      ])
    #expect(report.hosts.map(\.host) == ["web1", "web2", "web10"])
  }

  @Test(arguments: [("close_wait_growth", Int32(1)), ("error", 1), ("accept_queue_full", 0)])
  func failOn(kind: String, status: Int32) throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.leaking = [1]
    try fleet.write(to: scratch)
    let result = try Program().run("nightly", scratch.folder.path, "--fail-on", kind)
    #expect(result.status == status)
    #expect(result.errors.contains("exportd leaks CLOSE_WAIT on 1 of 6 hosts") == (status == 1))
  }

  @Test func hostileNamesBreakNoFormat() throws {
    let scratch = try Scratch()
    let name = "<b>|`x`\"\\{{y}}\u{1B}[31m"
    for (host, place) in [("evil\(name)", "10.0.0.1"), ("good", "10.0.0.2")] {
      let line = "# host: \(host.replacing(" ", with: ""))\n"
      let rows = (0..<40).map {
        "CLOSE-WAIT 1 0 \(place):80 10.9.0.\($0 % 9 + 1):\(1000 + $0)"
          + " users:((\"\(name)\",pid=1,fd=3))\n"
      }
      for instant in 0..<4 {
        let text = line + rows.prefix(instant * 13).joined()
        try scratch.write(Array(text.utf8), "179535\(instant)000_\(place)_x.txt")
      }
    }
    for ending in ["md", "html", "json", "txt"] {
      let result = try Program().run(
        "nightly", scratch.folder.path, "-o", scratch.path("r.\(ending)"), "--prometheus",
        scratch.path("r.prom"))
      #expect(result.status == 0, "\(result.errors)")
      let text = String(decoding: try scratch.read("r.\(ending)"), as: UTF8.self)
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(ending)")
      if ending == "html" { #expect(!text.contains("<b>")) }
    }
    _ = try PrometheusGrammar(String(decoding: try scratch.read("r.prom"), as: UTF8.self))
  }

  // MARK: Figures

  @Test func theFiguresFollowPrometheusGrammar() throws {
    let scratch = try Scratch()
    var fleet = FleetFixture()
    fleet.leaking = [0]
    try fleet.write(to: scratch)
    let output = try Scratch()
    let result = try Program().run(
      "nightly", scratch.folder.path, "-o", output.path("r.txt"), "--prometheus",
      output.path("r.prom"))
    #expect(result.status == 0, "\(result.errors)")
    let grammar = try PrometheusGrammar(String(decoding: try output.read("r.prom"), as: UTF8.self))
    #expect(grammar.value("tcptimeline_night_hosts", [:]) == 6)
    #expect(
      grammar.value(
        "tcptimeline_night_findings",
        [
          "host": "web1", "kind": "close_wait_growth", "severity": "error", "service": "exportd",
        ]) == 1)
    #expect(
      grammar.value("tcptimeline_night_sockets_most", ["host": "web1", "state": "CLOSE_WAIT"])
        == 25)
    #expect(grammar.value("tcptimeline_night_snapshots", ["host": "web2"]) == 6)
  }

  // MARK: History

  @Test func theHistoryKeepsHostsApartTellsTrendsAndForgets() throws {
    let scratch = try Scratch()
    let history = scratch.path("nights.sqlite")
    var last: Report?
    for night in 0..<7 {
      let folder = try Scratch()
      var fleet = FleetFixture()
      fleet.hosts = 3
      fleet.leaking = night == 0 ? [] : [0]
      fleet.start += night * 86_400
      try fleet.write(to: folder)
      last = try report([folder.folder.path, "--history", history])
    }
    let web1 = try #require(last?.hosts.first { $0.host == "web1" })
    #expect(web1.comparedWith?.nights == 6)
    #expect(web1.findings[0].text.hasSuffix("; the sixth night in a row, since 2026-11-23"))
    #expect(last?.findings[0].text.hasSuffix("(web1), since 2026-11-23") == true)
    let forgotten = try Program().run(
      "nightly", "--history", history, "--forget-host", "web1", "--forget-host", "nobody")
    #expect(forgotten.status == 0)
    #expect(forgotten.errors.contains("no night of nobody is kept"))
    let folder = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 3
    fleet.start += 8 * 86_400
    try fleet.write(to: folder)
    let after = try report([folder.folder.path, "--history", history, "--forget-older", "3d"])
    #expect(after.hosts.first { $0.host == "web1" }?.comparedWith == nil)
    #expect(after.hosts.first { $0.host == "web2" }?.comparedWith?.nights == 3)
    #expect(try Program().run("nightly", folder.folder.path, "--forget-host", "x").status == 64)
  }

  /// As docs/fleet.md says: snapshots are kept for two weeks where they are, and each morning's report is
  /// on the last day.
  @Test func theSameFolderGivesANightAfterTheOther() throws {
    let scratch = try Scratch()
    let folder = try Scratch()
    let arguments = [folder.folder.path, "--last", "24h", "--history", scratch.path("a.sqlite")]
    var reports: [Report] = []
    for day in 0..<3 {
      var fleet = FleetFixture()
      fleet.hosts = 3
      // Repaired on the third day.
      fleet.leaking = day < 2 ? [0] : []
      // The timer is late by some seconds on the second day.
      fleet.start += day * 86_400 + (day == 1 ? 7 : 0)
      try fleet.write(to: folder)
      reports.append(try report(arguments))
    }
    // The second morning's last snapshot is less than a day before the third's.
    #expect(reports.map { $0.hosts[0].snapshots } == [6, 6, 7])
    #expect(reports.map(\.findings.count) == [1, 1, 0])
    #expect(reports[1].findings.first?.text.hasSuffix(", since 2026-11-22") == true)
    #expect(reports.map { $0.hosts[0].comparedWith?.nights } == [nil, 1, 2])
    // Once more: the same night.
    #expect(try report(arguments).hosts[0].comparedWith?.nights == 2)
  }

  @Test func aHostThatSentNothingThatNightIsNamed() throws {
    let folder = try Scratch()
    var fleet = FleetFixture()
    fleet.hosts = 3
    try fleet.write(to: folder)
    fleet.hosts = 2
    fleet.start += 86_400
    try fleet.write(to: folder)
    let result = try Program().run(
      "nightly", folder.folder.path, "--last", "8h", "--format", "json")
    #expect(result.status == 0)
    #expect(
      result.errors
        == "tcptimeline: web3: no snapshot in the time of --last; its last one is of"
        + " 2026-11-22 14:25:06 UTC\n")
  }

  @Test func outputNamesCanHoldTheDate() throws {
    let scratch = try Scratch()
    try FleetFixture().write(to: scratch)
    let output = try Scratch()
    let result = try Program().run(
      "nightly", scratch.folder.path, "-o", output.path("nightly-%Y-%m-%d.html"))
    #expect(result.status == 0, "\(result.errors)")
    #expect(try output.names() == ["nightly-2026-11-22.html"])
  }
}
