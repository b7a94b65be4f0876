import Nights
import Support
import TCPModel

/// Nights written down socket by socket.
public struct NightFixture: ~Copyable {
  private var night: NightAnalysis
  private var names = SocketNames()
  private var time: Int64 = 1_791_763_200_000_000_000
  private let step: Nanoseconds

  public init(everySeconds step: Int64 = 300, options: NightOptions = NightOptions()) {
    night = NightAnalysis(options: options)
    self.step = step * 1_000_000_000
  }

  /// One instant: sockets in the notation `STATE local remote [key=value ...]`.
  public mutating func instant(
    _ sockets: [String], source: CaptureInfo.Format = .ss, path: String? = nil,
    after delay: Nanoseconds? = nil
  ) {
    time += delay ?? step
    var snapshot = SnapshotInfo(
      path: path ?? "snapshot at \(time)", source: source, firstLine: 1)
    snapshot.time = Timestamp(nanoseconds: time)
    snapshot.timeBasis = .fileName
    night.begin(snapshot, names)
    var samples: [SocketSample] = []
    for socket in sockets { samples.append(NightFixture.sample(socket, &names)) }
    var rows: [NightSample] = []
    NightSample.append(samples.span, to: &rows)
    night.ingest(rows)
    snapshot.sockets = Int64(samples.count)
    night.end(snapshot)
  }

  public mutating func report() -> NightReport { night.finish(names) }

  public static func sample(_ text: String, _ names: inout SocketNames) -> SocketSample {
    let words = text.split(separator: " ").map(String.init)
    var sample = SocketSample()
    sample.state = TCPState.allCases.first { $0.name == words[0] }
    sample.local = endpoint(words[1])
    sample.remote = endpoint(words[2])
    for word in words.dropFirst(3) {
      let pair = word.split(separator: "=").map(String.init)
      let number = UInt64(pair[1]) ?? 0
      switch pair[0] {
      case "recv": sample.receiveQueue = UInt32(number)
      case "send": sample.sendQueue = UInt32(number)
      case "uid": sample.uid = UInt32(number)
      case "inode": sample.inode = number
      case "cookie": sample.cookie = number
      case "timewait":
        sample.timer = SocketTimer(
          kind: .timewait, expires: Nanoseconds(number) * 1_000_000, retransmissions: 0)
      case "process":
        let processes = pair[1].split(separator: ",").map {
          SocketProcess(name: names.text(String($0)), pid: 100)
        }
        sample.processes = processes.withUnsafeBufferPointer { names.processes($0) }
      case "sent", "again", "acked", "received":
        var info = sample.info ?? TCPInfo()
        if pair[0] == "sent" { info.segmentsOut = UInt32(number) }
        if pair[0] == "again" { info.totalRetransmissions = UInt32(number) }
        if pair[0] == "acked" { info.bytesAcked = number }
        if pair[0] == "received" { info.bytesReceived = number }
        sample.info = info
      default: break
      }
    }
    return sample
  }

  private static func endpoint(_ text: String) -> Endpoint {
    let colon = text.lastIndex(of: ":") ?? text.endIndex
    return Endpoint(
      address: IPAddress(String(text[..<colon])) ?? IPAddress(ipv4: 0),
      port: UInt16(text[colon...].dropFirst()) ?? 0)
  }
}

extension Finding {
  public func number(_ name: String) -> Int64? {
    for item in evidence where item.name == name {
      if case .number(let number) = item.value { return number }
    }
    return nil
  }

  public func text(_ name: String) -> String? {
    for item in evidence where item.name == name {
      if case .text(let text) = item.value { return text }
    }
    return nil
  }
}
