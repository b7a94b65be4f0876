import Support

/// Runs `ss` (iproute2), which knows more of a socket than `/proc/net/tcp`.
enum SocketTool {
  private static var path: String? {
    ChildProcess.find("ss", alsoIn: ["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
  }

  static var isInstalled: Bool { path != nil }

  /// Gives what it prints, piece by piece.
  static func run(_ take: (UnsafeBufferPointer<UInt8>) -> Void) throws(Failure) {
    guard let path else { throw Failure(.inputOutput, "ss: is not installed any more") }
    var process = ChildProcess(path, ["-tanoipem"])
    // A width in the environment would break the lines.
    process.environment = [("COLUMNS", nil)]
    do throws(ChildProcess.Failure) {
      try process.run(take)
    } catch {
      throw Failure(.inputOutput, "\(path): \(error.text)")
    }
  }
}
