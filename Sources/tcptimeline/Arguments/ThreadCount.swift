import ArgumentParser
import Correlation
import Foundation

extension ArgumentHelp {
  static var threads: ArgumentHelp {
    ArgumentHelp(
      "Threads that correlate captures or read snapshots; without it one for each processor, at"
        + " most 8.",
      valueName: "n")
  }
}

/// What `--threads` says.
enum ThreadCount {
  static func validate(_ threads: Int?) throws {
    if let threads, threads < 1 || threads > Correlator.threadLimit {
      throw ValidationError("--threads takes a number from 1 to \(Correlator.threadLimit)")
    }
  }

  /// More than 8 threads would wait for the one that inflates a capture or counts sockets.
  static func chosen(_ threads: Int?) -> Int {
    threads ?? min(8, processors)
  }

  /// Those that this process may run on, as `taskset` and containers limit them.
  private static var processors: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let masks = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    let count = masks?.dropFirst("Cpus_allowed:".count)
      .reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    return max(1, count ?? ProcessInfo.processInfo.activeProcessorCount)
  }
}
