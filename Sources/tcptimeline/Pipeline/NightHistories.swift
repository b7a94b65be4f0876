import History
import Nights
import Support
import TCPModel

/// What `--history` adds to the nights of one or several hosts.
struct NightHistories {
  private let path: String
  private let arguments: FleetArguments
  /// What the findings tell times in.
  var clock = WallClock.utc

  /// Why it could not be used; the report does not depend on it.
  private(set) var failure: Failure?

  /// - Parameter path: nil where none is asked for.
  init?(path: String?, _ arguments: FleetArguments) {
    guard let path else { return nil }
    self.path = path
    self.arguments = arguments
  }

  /// Beside earlier nights; keeps these.
  mutating func compare(_ nights: inout [HostNight]) {
    do throws(HistoryError) {
      let history = try NightHistory(path: path)
      try forget(history)
      for index in nights.indices {
        if let comparison = try history.comparison(for: nights[index]) {
          nights[index].report.compare(with: comparison, clock: clock)
        }
      }
      try history.record(nights)
    } catch {
      failure = Failure(error, in: path, " the report was written without it")
    }
  }

  /// Only removes what is to be forgotten.
  func forget() throws(Failure) {
    do throws(HistoryError) {
      try forget(try NightHistory(path: path))
    } catch {
      throw Failure(error, in: path, " nothing was removed")
    }
  }

  private func forget(_ history: NightHistory) throws(HistoryError) {
    for host in arguments.forgottenHosts where try history.forget(host: host) == 0 {
      Failure.say("\(path): no night of \(host) is kept; --forget-host removed nothing")
    }
    if let age = arguments.forgottenAge { _ = try history.forget(olderThan: age.nanoseconds) }
  }
}

extension Failure {
  fileprivate init(_ error: HistoryError, in path: String, _ consequence: String) {
    let status: ExitStatus =
      switch error.kind {
      case .cannotOpen: .cannotCreate
      case .locked, .failed: .inputOutput
      case .notAHistory: .badInput
      }
    self.init(status, "\(path): \(error.message);\(consequence)")
  }
}
