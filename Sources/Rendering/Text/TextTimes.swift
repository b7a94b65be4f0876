import Support
import TCPModel

/// Where one connection's time went: the sums of its phases, and its longest wait split into the
/// network's part and the server's.
struct TextTimes {
  private let connection: Connection
  private let style: TextStyle
  private let texts: Texts
  private static let longestBar = 30

  init(_ connection: Connection, style: TextStyle, _ texts: Texts) {
    self.connection = connection
    self.style = style
    self.texts = texts
  }

  func write(to output: inout ByteWriter) {
    let sums = self.sums
    guard sums.count > 1 else { return }
    output.literal("\n")
    style.paint(texts("head.times"), .heading, to: &output)
    output.literal("\n")
    let whole = connection.summary.duration
    let names = sums.reduce(0) { max($0, DisplayWidth.of($1.name)) }
    for (name, time) in sums {
      let share = whole > 0 ? Double(time) / Double(whole) : 0
      let duration = Quantity.duration(time)
      let percent = share >= 0.0005 ? Quantity.percent(time, of: whole) : ""
      output.text("  " + name)
      output.spaces(names - DisplayWidth.of(name) + 10 - DisplayWidth.of(duration))
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
      output.text(texts("time.firstByte", ["time": Quantity.duration(first)]) + "\n")
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
    return times.compactMap { name, time in time.map { (texts(name), $0) } }
  }

  /// `Longest wait 50.3 ms, frames 4-6: network 24.0 ms, server 26.3 ms.` The network's part is one
  /// round trip between the capture point and the server; what repeats took is nobody's alone.
  private var longestWait: String? {
    let summary = connection.summary
    guard let longest = summary.timings.longestWait, longest > 0 else { return nil }
    let time = Quantity.duration(longest)
    var wait = texts("longestWait", ["time": time])
    let phase = connection.phases.first { $0.name == .wait && $0.duration == longest }
    if let first = phase?.firstFrame, let last = phase?.lastFrame {
      wait =
        first == last
        ? texts("longestWait.frame", ["time": time, "first": String(first)])
        : texts(
          "longestWait.frames", ["time": time, "first": String(first), "last": String(last)])
    }
    guard let phase, connection.events != nil || summary.repeats == 0 else {
      return texts("longestWait.end", ["wait": wait])
    }
    let span = phase.start...max(phase.start, phase.start &+ phase.duration)
    let repeated = connection.events?.first { event in
      span.contains(event.at)
        && [.retransmission, .fastRetransmission, .spuriousRetransmission].contains(event.kind)
    }
    if let repeated {
      return texts("longestWait.repeated", ["wait": wait, "frame": String(repeated.frame)])
    }
    guard let own = summary.serverTime(of: phase) else {
      return texts("longestWait.unmeasured", ["wait": wait])
    }
    return texts(
      "longestWait.split",
      [
        "wait": wait, "network": Quantity.duration(longest &- own),
        "server": Quantity.duration(own),
      ])
  }
}
