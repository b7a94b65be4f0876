import Support
import TCPModel

/// Two captures side by side, to read.
struct ComparisonText {
  let report: ComparisonReport

  /// What differs, sentence by sentence.
  func sentences(of service: ComparedService) -> [String] {
    guard let before = service.before else {
      return ["new: " + Quantity.counted(service.after?.connections ?? 0, "connection")]
    }
    guard service.after != nil else {
      return ["gone: " + Quantity.counted(before.connections, "connection") + " before"]
    }
    return service.changes.map { change in
      let word = change.isWorse ? "worse" : "better"
      let (early, late) = (figure(change, change.before), figure(change, change.after))
      return "\(word): \(name(change.figure)) \(early) to \(late) (\(chance(change.probability)))"
    }
  }

  private func figure(_ change: ServiceChange, _ value: Double) -> String {
    change.isDuration
      ? Quantity.duration(Nanoseconds(value)) : ServiceTable.decimal(value * 100) + " %"
  }

  private func name(_ figure: String) -> String {
    switch ServiceMetric(rawValue: figure) {
    case .handshake: "median handshake"
    case .tls: "median TLS handshake"
    case .serverTime: "median server time"
    case .firstByte: "median time to the first byte"
    case .duration: "median duration"
    case .rtt: "median round trip"
    case nil: "connections " + figure
    }
  }

  private func chance(_ probability: Double) -> String {
    probability < 0.0001 ? "p < 0.0001" : "p = " + String(ServiceTable.share(probability).prefix(6))
  }

  private var different: [ComparedService] {
    report.services.filter { !$0.changes.isEmpty || $0.before == nil || $0.after == nil }
  }

  private var title: String {
    "\(Quantity.counted(report.before.listed, "connection")) before,"
      + " \(Quantity.counted(report.after.listed, "connection")) after, by \(report.by.name)"
  }

  private var verdict: String {
    let worse = report.services.count { $0.changes.contains(where: \.isWorse) }
    if worse > 0 { return Quantity.counted(worse, "service") + " got worse" }
    return "nothing got worse beyond chance"
  }

  func text(to output: inout ByteWriter) {
    output.text("\(title): \(verdict)\n")
    for service in different {
      output.text("\n\(service.key.safeToShow)\n")
      for sentence in sentences(of: service) { output.text("  \(sentence)\n") }
    }
    if !report.newFindings.isEmpty {
      output.literal("\nNew findings\n")
      for finding in report.newFindings {
        output.text("  \(finding.severity.rawValue)  \(finding.text.safeToShow)\n")
      }
    }
  }

  func markdown(to output: inout ByteWriter) {
    output.text("# \(verdict.prefix(1).uppercased() + verdict.dropFirst())\n\n\(title).\n")
    if !different.isEmpty {
      output.literal("\n| Service | Difference |\n| --- | --- |\n")
      for service in different {
        let key = service.key.safeToShow.replacing("|", with: "\\|")
        let cells = sentences(of: service).joined(separator: "<br>")
        output.text("| \(key) | \(cells) |\n")
      }
    }
    if !report.newFindings.isEmpty {
      output.literal("\n## New findings\n\n")
      for finding in report.newFindings {
        output.text(
          "- **\(finding.severity.rawValue)** \(finding.text.safeToShow.replacing("|", with: "\\|"))\n"
        )
      }
    }
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
    output.closeObject()
    output.literal("\n")
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
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
  }
}
