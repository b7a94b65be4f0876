import Fleet
import History
import Nights
import Support
import TCPModel

/// The report on the snapshots of one host, or on those of several.
enum HostNights {
  case host(HostName?, NightReport)
  case fleet(FleetReport)

  /// What `--fail-on` looks at: of a fleet each kind once for all hosts of a service.
  var findings: [Finding] {
    switch self {
    case .host(_, let night): night.findings
    case .fleet(let fleet): fleet.findings.map(\.finding)
    }
  }

  var end: Timestamp? {
    switch self {
    case .host(_, let night): night.end
    case .fleet(let fleet): fleet.end
    }
  }

  /// - Parameters:
  ///   - span: Snapshots of another time are passed over; nil takes all.
  ///   - compare: What earlier nights add.
  static func read(
    _ hosts: [HostFiles], _ options: NightOptions, in span: ClosedRange<Timestamp>? = nil,
    threads: Int,
    _ pseudonyms: AddressPseudonyms?, compare: (inout [HostNight]) -> Void = { _ in }
  ) throws(Failure) -> HostNights {
    if hosts.count == 1, let only = hosts.first {
      var report = try NightReport.read(
        only.files, options, in: span, threads: threads, pseudonyms)
      // Under other addresses the name stays hidden, too.
      if pseudonyms == nil { report.host = only.host?.name }
      var nights = [HostNight(report, name: only.host?.name ?? "")]
      compare(&nights)
      return .host(only.host, nights[0].report)
    }
    return .fleet(
      try FleetReport.read(
        hosts, options, in: span, threads: threads, pseudonyms, compare: compare))
  }
}

extension FleetReport {
  /// The nights of several hosts, as many at a time as there are threads.
  fileprivate static func read(
    _ hosts: [HostFiles], _ options: NightOptions, in span: ClosedRange<Timestamp>?, threads: Int,
    _ pseudonyms: AddressPseudonyms?, compare: (inout [HostNight]) -> Void
  ) throws(Failure) -> FleetReport {
    var fleet = FleetAnalysis(hosts: hosts.count)
    var failures: [Failure?] = Array(repeating: nil, count: hosts.count)
    let monitor = Monitor()
    var next = 0
    let workers = max(1, min(threads, hosts.count))
    let kept = fleet.socketsOfHost
    concurrently(workers) { _ in
      while true {
        monitor.lock()
        let place = next
        next += 1
        monitor.unlock()
        guard place < hosts.count else { return }
        do throws(Failure) {
          let night = try NightReport.read(
            hosts[place].files, options, in: span, threads: max(1, threads / workers), pseudonyms)
          let part = FleetAnalysis.Part(
            name(of: hosts[place], at: place, isHidden: pseudonyms != nil), night, sockets: kept)
          monitor.lock()
          fleet.add(part)
          monitor.unlock()
        } catch {
          monitor.lock()
          failures[place] = error
          monitor.unlock()
        }
      }
    }
    if let failure = failures.lazy.compactMap(\.self).first { throw failure }
    fleet.updateNights { nights in
      var kept = nights.map { HostNight($0.night, name: $0.host.name, isAlone: false) }
      compare(&kept)
      for index in nights.indices { nights[index].night = kept[index].report }
    }
    return fleet.finish()
  }

  private static func name(
    of host: HostFiles, at place: Int, isHidden: Bool
  ) -> HostName {
    let name = host.host ?? HostName("host", .address)
    return isHidden ? HostName("host\(place + 1)", name.basis) : name
  }
}
