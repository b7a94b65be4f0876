import Support
import TCPModel

/// Looks for findings in what a correlator knows, with as little of it described as may be.
public enum FindingSearch {
  /// So many connections say what the usual one is like.
  private static let sampleSize = 4096

  /// - Parameters:
  ///   - chosen: Indices of connections, from 0.
  ///   - captures: What was read, in the order in which segments number them.
  ///   - icmp: What routers and hosts say about them.
  ///   - paths: What several capture points show together.
  ///   - complete: Adds to a connection what several capture points show of it.
  ///   - isUnremarkable: Whether that can be no finding; by where the connection begins. Without it all are
  ///     looked at that are completed.
  ///   - name: What sentences call an endpoint.
  /// - Returns: The findings, most serious first, and how far each capture can be believed.
  public static func findings(
    in chosen: [Int], of correlator: borrowing Correlator, _ captures: [CaptureInfo],
    _ icmp: ICMPIndex = ICMPIndex(), paths: PathsSummary? = nil,
    completing complete: ((inout ConnectionSummary) -> Void)? = nil,
    unless isUnremarkable: ((FramePlace) -> Bool)? = nil,
    calling name: (Endpoint) -> String = { $0.description }
  ) -> (findings: [Finding], trust: [CaptureTrust]) {
    let census = census(of: chosen, correlator)
    var collector = FindingCollector(captures, icmp: icmp, census: census)
    if let paths { collector.add(paths) }
    /// Neither a message nor a crowd tells of it.
    func isAlone(_ opening: OpeningAttempt) -> Bool {
      !icmp.mayBe(about: opening) && census.crowd(of: opening) == nil
    }
    let share = sampleShare(of: chosen)
    for (number, index) in chosen.enumerated() {
      let isSmooth =
        correlator.glance(at: index).isUnremarkable
        && (complete == nil || isUnremarkable?(correlator.beginning(at: index)) ?? false)
        && (icmp.isEmpty && census.seesNoCrowd || isAlone(correlator.opening(at: index)))
      if isSmooth, number % share != 0 { continue }
      var connection = correlator.summary(at: index)
      complete?(&connection)
      if number % share == 0 { collector.sample(connection, of: share) }
      if !isSmooth { collector.add(connection) }
    }
    return (collector.findings(calling: name), collector.trust)
  }

  private static func sampleShare(of chosen: [Int]) -> Int {
    max(1, (chosen.count + sampleSize - 1) / sampleSize)
  }

  /// Who tried what in vain; the attempts that came to something are looked at only where that matters.
  private static func census(
    of chosen: [Int], _ correlator: borrowing Correlator
  ) -> OpeningCensus {
    var census = OpeningCensus()
    let failed = chosen.filter { correlator.glance(at: $0).mayHaveFailedToOpen }
    if OpeningCensus.isNeeded(failures: failed.count) {
      for index in failed { census.add(correlator.opening(at: index)) }
      if census.concludes() {
        for index in chosen { census.weigh(correlator.opening(at: index)) }
        census.decide()
      }
    }
    if OpeningCensus.mayBeShortOfPorts(connections: chosen.count) {
      let share = sampleShare(of: chosen)
      for index in stride(from: 0, to: chosen.count, by: share) {
        census.sample(correlator.opening(at: chosen[index]), of: share)
      }
      if census.mayBeShortOfPorts {
        for index in chosen { census.count(correlator.opening(at: index)) }
      }
    }
    return census
  }
}

extension ConnectionGlance {
  fileprivate var mayHaveFailedToOpen: Bool {
    switch outcome {
    case .refused, .unanswered, .halfOpen, .reset: true
    case .closed, .halfClosed, .open: false
    }
  }
}
