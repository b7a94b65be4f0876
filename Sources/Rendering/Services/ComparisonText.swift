import Support
import TCPModel
import Timeline

/// Two captures side by side, to read.
struct ComparisonText {
  let report: ComparisonReport
  private let texts: Texts

  init(_ report: ComparisonReport, _ options: DiagramOptions = DiagramOptions()) {
    self.report = report
    texts = Texts.of(options.language)
  }

  /// What differs, sentence by sentence, and where to look.
  func sentences(of service: ComparedService) -> [String] {
    guard let before = service.before else {
      let count = service.after?.connections ?? 0
      return [texts("diff.new", ["connections": texts.counted("unit.connections", count)])]
        + [examples("first", nil, service.after?.first)].compactMap(\.self)
    }
    guard service.after != nil else {
      let connections = texts.counted("unit.connections", before.connections)
      return [texts("diff.gone", ["connections": connections])]
        + [examples("first", before.first, nil)].compactMap(\.self)
    }
    return service.changes.flatMap { change in
      let sentence = texts(
        change.isWorse ? "diff.change.worse" : "diff.change.better",
        [
          "figure": name(change.figure), "before": figure(change, change.before),
          "after": figure(change, change.after), "chance": chance(change.probability),
        ])
      return [sentence] + [examples(change)].compactMap(\.self)
    }
  }

  /// The connections to look at: `slowest: connection 12 (frames 30-41) before, ..`; nil without any.
  private func examples(
    _ what: String, _ before: ServiceExample?, _ after: ServiceExample?
  ) -> String? {
    let places = [("before", before), ("after", after)].compactMap { name, example in
      example.map { texts("diff.example.\(name)", ["example": place($0)]) }
    }
    if places.isEmpty { return nil }
    return texts("diff.examples.\(what)", ["list": places.joined(separator: ", ")])
  }

  private func place(_ example: ServiceExample) -> String {
    let isOne = example.firstFrame == example.lastFrame
    let frames = isOne ? "\(example.firstFrame)" : "\(example.firstFrame)-\(example.lastFrame)"
    return texts(
      "diff.example",
      [
        "connection": texts.counted("place.connections", 1, ["list": String(example.connection)]),
        "frames": texts.counted("place.frames", isOne ? 1 : 2, ["list": frames]),
      ])
  }

  private func examples(_ change: ServiceChange) -> String? {
    examples(
      change.isDuration ? "slowest" : change.figure, change.exampleBefore, change.exampleAfter)
  }

  private func figure(_ change: ServiceChange, _ value: Double) -> String {
    change.isDuration
      ? Quantity.duration(Nanoseconds(value)) : ServiceTable.decimal(value * 100) + " %"
  }

  private func name(_ figure: String) -> String {
    switch ServiceMetric(rawValue: figure) {
    case .handshake: texts("diff.figure.handshake")
    case .tls: texts("diff.figure.tls")
    case .serverTime: texts("diff.figure.serverTime")
    case .firstByte: texts("diff.figure.firstByte")
    case .duration: texts("diff.figure.duration")
    case .rtt: texts("diff.figure.rtt")
    case nil: texts("diff.figure.connections", ["figure": figure])
    }
  }

  private func chance(_ probability: Double) -> String {
    probability < 0.0001 ? "p < 0.0001" : "p = " + String(ServiceTable.share(probability).prefix(6))
  }

  private var different: [ComparedService] {
    report.services.filter { !$0.changes.isEmpty || $0.before == nil || $0.after == nil }
  }

  private var title: String {
    texts(
      "diff.title",
      [
        "before": texts.counted("unit.connections", report.before.listed),
        "after": texts.counted("unit.connections", report.after.listed), "by": texts(report.by),
      ])
  }

  private var verdict: String {
    let worse = report.services.count { $0.changes.contains(where: \.isWorse) }
    return worse > 0 ? texts.counted("diff.worse", worse) : texts("diff.notWorse")
  }

  private var slowest: String? {
    examples("longest", report.slowestBefore, report.slowestAfter)
  }

  func text(to output: inout ByteWriter) {
    output.text(texts("diff.sum", ["title": title, "verdict": verdict]) + "\n")
    for service in different {
      output.text("\n\(service.key.safeToShow)\n")
      for sentence in sentences(of: service) { output.text("  \(sentence)\n") }
    }
    if !report.newFindings.isEmpty {
      output.text("\n\(texts("diff.newFindings"))\n")
      for finding in report.newFindings {
        let severity = texts("severity." + finding.severity.rawValue)
        output.text("  \(severity)  \(sentence(finding))\n")
      }
    }
    if let slowest { output.text("\n\(slowest)\n") }
  }

  func markdown(to output: inout ByteWriter) {
    output.text("# \(verdict.prefix(1).uppercased() + verdict.dropFirst())\n\n\(title).\n")
    if !different.isEmpty {
      output.text(
        "\n| \(texts("diff.service")) | \(texts("diff.difference")) |\n| --- | --- |\n")
      for service in different {
        let key = service.key.safeToShow.replacing("|", with: "\\|")
        let cells = sentences(of: service).joined(separator: "<br>")
        output.text("| \(key) | \(cells) |\n")
      }
    }
    if !report.newFindings.isEmpty {
      output.text("\n## \(texts("diff.newFindings"))\n\n")
      for finding in report.newFindings {
        let severity = texts("severity." + finding.severity.rawValue)
        let text = sentence(finding).replacing("|", with: "\\|")
        output.text("- **\(severity)** \(text)\n")
      }
    }
    if let slowest { output.text("\n\(slowest)\n") }
  }

  /// With the connections and frames that show it.
  private func sentence(_ finding: Finding) -> String {
    [texts(finding.wording).safeToShow, finding.places(texts)].filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  func json(to output: inout ByteWriter) {
    output.openObject()
    output.member("schema", plain: "tcptimeline.diff/1")
    output.key("generator")
    output.openObject()
    output.member("name", plain: Generator.name)
    output.member("version", plain: Generator.version)
    output.closeObject()
    output.member("by", report.by.name)
    output.member("regression", report.hasRegression)
    output.key("services")
    output.openArray()
    for service in report.services { json(service, to: &output) }
    output.closeArray()
    output.key("new_findings")
    output.openArray()
    for finding in report.newFindings { output.value(finding) }
    output.closeArray()
    output.key("slowest")
    write(report.slowestBefore, report.slowestAfter, to: &output)
    output.closeObject()
    output.literal("\n")
  }

  private func write(
    _ before: ServiceExample?, _ after: ServiceExample?, to output: inout ByteWriter
  ) {
    output.openObject()
    let examples: [(StaticString, ServiceExample?)] = [("before", before), ("after", after)]
    for (name, example) in examples {
      output.key(name)
      guard let example else {
        output.null()
        continue
      }
      output.openObject()
      output.member("connection", Int64(example.connection))
      output.member("first_frame", example.firstFrame)
      output.member("last_frame", example.lastFrame)
      output.closeObject()
    }
    output.closeObject()
  }

  private func json(_ service: ComparedService, to output: inout ByteWriter) {
    output.openObject()
    output.member("key", service.key)
    output.key("before")
    if let before = service.before {
      JSONServices.write(before, report.before.serviceTime, to: &output)
    } else {
      output.null()
    }
    output.key("after")
    if let after = service.after {
      JSONServices.write(after, report.after.serviceTime, to: &output)
    } else {
      output.null()
    }
    output.key("changes")
    output.openArray()
    for change in service.changes {
      output.openObject()
      output.member("figure", plain: change.figure)
      if change.isDuration {
        output.member("before_ns", Int64(change.before))
        output.member("after_ns", Int64(change.after))
      } else {
        output.key("before")
        output.value(share: change.before)
        output.key("after")
        output.value(share: change.after)
      }
      output.key("probability")
      output.value(share: change.probability)
      output.member("worse", change.isWorse)
      output.key("examples")
      write(change.exampleBefore, change.exampleAfter, to: &output)
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
  }
}
