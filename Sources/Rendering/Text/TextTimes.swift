import Support
import TCPModel

/// Where one connection's time went: the sums of its phases, and its longest wait split into the
/// network's part and the server's.
struct TextTimes {
  private let connection: Connection
  private let style: TextStyle
  private static let longestBar = 30

  init(_ connection: Connection, style: TextStyle) {
    self.connection = connection
    self.style = style
  }

  func write(to output: inout ByteWriter) {
    let sums = self.sums
    guard sums.count > 1 else { return }
    output.literal("\n")
    style.paint("Where the time went", .heading, to: &output)
    output.literal("\n")
    let whole = connection.summary.duration
    let names = sums.reduce(0) { max($0, $1.name.count) }
    for (name, time) in sums {
      let share = whole > 0 ? Double(time) / Double(whole) : 0
      let duration = Quantity.duration(time)
      let percent = share >= 0.0005 ? Quantity.percent(time, of: whole) : ""
      output.text("  " + name)
      output.spaces(names - name.count + 10 - DisplayWidth.of(duration))
      output.text(duration)
      let bar = Int((share * Double(Self.longestBar)).rounded())
      if !percent.isEmpty {
        output.spaces(9 - percent.count)
        output.text(percent)
      }
      if bar > 0 {
        output.literal("  ")
        style.paint(String(repeating: "#", count: bar), .faint, to: &output)
      }
      output.literal("\n")
    }
    if let first = connection.summary.timings.firstByte {
      output.text("First byte of the server after \(Quantity.duration(first)).\n")
    }
    if let line = longestWait { output.text(line + "\n") }
  }

  private var sums: [(name: String, time: Nanoseconds)] {
    let timings = connection.summary.timings
    let times: [(Phase.Name, Nanoseconds?)] = [
      (.handshake, timings.handshake), (.tls, timings.tls), (.send, timings.send),
      (.wait, timings.wait), (.receive, timings.receive), (.stalled, timings.stalled),
      (.idle, timings.idle), (.teardown, timings.teardown),
    ]
    return times.compactMap { name, time in time.map { (name.name, $0) } }
  }

  /// `Longest wait 50.3 ms, frames 4-6: network 24.0 ms, server 26.3 ms.` The network's part is one
  /// round trip between the capture point and the server; what repeats took is nobody's alone.
  private var longestWait: String? {
    let summary = connection.summary
    guard let longest = summary.timings.longestWait, longest > 0 else { return nil }
    var text = "Longest wait \(Quantity.duration(longest))"
    let phase = connection.phases.first { $0.name == .wait && $0.duration == longest }
    if let first = phase?.firstFrame, let last = phase?.lastFrame {
      text += first == last ? ", frame \(first)" : ", frames \(first)-\(last)"
    }
    guard let phase, connection.events != nil || summary.repeats == 0 else { return text + "." }
    let span = phase.start...max(phase.start, phase.start &+ phase.duration)
    let repeated = connection.events?.first { event in
      span.contains(event.at)
        && [.retransmission, .fastRetransmission, .spuriousRetransmission].contains(event.kind)
    }
    if let repeated {
      return text + ": segments were sent again in it (frame \(repeated.frame)), so the network"
        + " and the server cannot be told apart."
    }
    guard let own = summary.serverTime(of: phase) else {
      return text + ": no round trip was measured that would tell the network from the server."
    }
    return text + ": network \(Quantity.duration(longest &- own)), server "
      + Quantity.duration(own) + "."
  }
}
