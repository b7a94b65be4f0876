import Foundation

/// Snapshots of a fleet of like hosts, of which some leak: `exportd` on those leaves connections in
/// CLOSE_WAIT, more with every snapshot. `app` on every host has three connections to `exportd` on the
/// next one.
public struct FleetFixture {
  public enum Layout: Sendable {
    /// All in one folder, with the hosts in the files' names or without.
    case flat(names: Bool)
    /// A folder a host.
    case folders
  }

  public var hosts = 6
  public var snapshots = 6
  public var leaking: Set<Int> = []
  public var layout = Layout.flat(names: true)
  /// Each file begins with the line that names its host.
  public var hasLines = true
  /// All hosts have one address, as behind a translator, and the same numbers of sockets.
  public var isAlike = false
  public var start = 1_795_356_000

  public init() {}

  public func name(_ host: Int) -> String { "web\(host + 1)" }

  public func address(_ host: Int) -> String { "10.7.\(host / 200).\(host % 200 + 1)" }

  /// Writes the files, and gives their names.
  @discardableResult
  public func write(to scratch: Scratch) throws -> [String] {
    var names: [String] = []
    for host in 0..<hosts {
      for snapshot in 0..<snapshots {
        // Clocks are seconds apart.
        let time = start + snapshot * 300 + host * 3
        let name: String
        switch layout {
        case .flat(names: true): name = "\(time).250_\(self.name(host))_ss-tanoipem.txt"
        case .flat(names: false): name = "\(time).250_ss-tanoipem.txt"
        case .folders:
          try FileManager.default.createDirectory(
            atPath: scratch.path(self.name(host)), withIntermediateDirectories: true)
          name = "\(self.name(host))/\(time).250_ss-tanoipem.txt"
        }
        try scratch.write(Array(text(host, snapshot).utf8), name)
        names.append(name)
      }
    }
    return names
  }

  public func text(_ host: Int, _ snapshot: Int) -> String {
    let own = isAlike ? "10.0.0.1" : address(host)
    let number = isAlike ? 1_000 : 1_000 * (host + 1)
    let line = hasLines ? "# host: \(name(host))\n" : ""
    var text = line + "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
    for (port, process) in [(22, "sshd"), (8080, "webd"), (9090, "exportd")] {
      text +=
        "LISTEN 0 128 0.0.0.0:\(port) 0.0.0.0:* users:((\"\(process)\",pid=\(port),fd=3))"
        + " ino:\(number + port % 100) sk:\(port)\n"
    }
    let (next, previous) = ((host + 1) % hosts, (host + hosts - 1) % hosts)
    for socket in 0..<3 {
      text +=
        "ESTAB 0 0 \(own):\(40_000 + socket) \(address(next)):9090"
        + " users:((\"app\",pid=77,fd=\(socket))) ino:\(number + 200 + socket)\n"
      text +=
        "ESTAB 0 0 \(own):9090 \(address(previous)):\(40_000 + socket)"
        + " users:((\"exportd\",pid=9090,fd=\(socket))) ino:\(number + 300 + socket)\n"
    }
    if leaking.contains(host) {
      for socket in 0..<(snapshot * 5) {
        text +=
          "CLOSE-WAIT 1 0 \(own):9090 10.99.0.\(socket % 9 + 1):\(50_000 + socket)"
          + " users:((\"exportd\",pid=9090,fd=\(socket + 9))) ino:\(number + 400 + socket)\n"
      }
    }
    return text
  }
}
