/// Writes the sockets of a busy host, as it would show them at one instant after the other: most
/// stay and carry on, one in twenty is another one each time.
struct SnapshotMaker {
  enum Form: String {
    case full = "ss-tanoipem"
    case plain = "ss-tan"
    case table = "proc-net-tcp"
  }

  var sockets = 20_000
  var form = Form.full

  private static let processes = (0..<40).map { "service-\($0)" }
  private static let states: [(name: String, number: Int)] = [
    ("ESTAB", 1), ("TIME-WAIT", 6), ("CLOSE-WAIT", 8), ("FIN-WAIT-2", 5),
  ]
  /// The share of sockets that another one takes the place of, from one instant to the next.
  private static let churn = 20
  private static let listeners = 20

  func make(_ instant: Int, _ write: ([UInt8]) -> Void) {
    var text = ""
    switch form {
    case .full, .plain:
      text = "State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
    case .table:
      text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    }
    for slot in 0..<sockets {
      if slot < Self.listeners { listener(slot, &text) } else { socket(slot, instant, &text) }
      if text.utf8.count > 1 << 20 {
        write(Array(text.utf8))
        text = ""
      }
    }
    write(Array(text.utf8))
  }

  private func listener(_ slot: Int, _ text: inout String) {
    let port = 8000 + slot
    switch form {
    case .full:
      text += "LISTEN     0      511  10.0.0.1:\(port)  0.0.0.0:*  \(users(slot)) ino:\(slot + 10) "
      text += "sk:\(hex(slot + 1)) cgroup:/system.slice/app.service <->\n"
      text += "\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0) cubic cwnd:10\n"
    case .plain:
      text += "LISTEN     0      511        10.0.0.1:\(port)       0.0.0.0:*\n"
    case .table:
      text += row(slot, port, "00000000:0000", 10, 0, 1000, slot + 10)
    }
  }

  private func socket(_ slot: Int, _ instant: Int, _ text: inout String) {
    let chance = mixed(UInt64(slot))
    // Each slot changes hands at its own instants.
    let generation = (instant + Int(chance % UInt64(Self.churn))) / Self.churn
    let identity = mixed(UInt64(slot) << 20 | UInt64(generation))
    let state = Self.states[
      identity % 100 < 91 ? 0 : identity % 100 < 97 ? 1 : identity % 2 == 0 ? 2 : 3]
    let port = 8000 + Int(identity >> 8) % Self.listeners
    let peer = Int(truncatingIfNeeded: identity >> 16) & 0xFFFF
    let remotePort = 1024 + slot % 60_000
    let remote = "10.1.\(peer >> 8).\(peer & 255):\(remotePort)"
    let age = instant % Self.churn + 1
    let amount = Int(truncatingIfNeeded: identity >> 32) & 0xFFF
    let isWaiting = state.number == 6
    switch form {
    case .full:
      text +=
        "\(state.name)\(isWaiting ? "  0      0   " : "      0      0   ") 10.0.0.1:\(port)   \(remote) "
      if isWaiting {
        text += "timer:(timewait,\(amount % 60)sec,0) ino:0 sk:\(hex(Int(identity >> 40)))\n\n"
        return
      }
      text += "\(users(port)) timer:(keepalive,\(amount % 60)min\(amount % 59)sec,0) uid:1000 "
      text += "ino:\(Int(identity >> 24) & 0xFFFFFF) sk:\(hex(Int(identity >> 40))) "
      text += "cgroup:/system.slice/app.service \(state.number == 8 ? "-->" : "<->")\n"
      text +=
        "\t skmem:(r0,rb131072,t0,tb\(amount * 512),f0,w0,o0,bl0,d\(amount % 3)) ts sack cubic "
      text +=
        "wscale:10,10 rto:\(200 + amount % 100) rtt:\(amount % 90).\(100 + amount % 899)/4.5 ato:40 "
      text +=
        "mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:\(10 + amount % 40) ssthresh:\(7 + amount % 9) "
      text += "bytes_sent:\(amount * age * 1200) bytes_acked:\(amount * age * 1200) "
      text +=
        "bytes_received:\(amount * age * 30) segs_out:\(amount * age) segs_in:\(amount * age) "
      text += "data_segs_out:\(amount * age) data_segs_in:\(age) send \(1000 + amount)123bps "
      text +=
        "lastsnd:\(amount) lastrcv:\(amount + 9) lastack:\(amount + 3) pacing_rate 4524712bps "
      text +=
        "delivery_rate 228944bps delivered:\(amount * age) app_limited busy:\(amount)ms rcv_rtt:51 "
      text += "rcv_space:14480 rcv_ssthresh:64088 minrtt:\(amount % 50).1 snd_wnd:65536\n"
    case .plain:
      text += "\(state.name)      0      0          10.0.0.1:\(port)   \(remote)\n"
    case .table:
      let address = hex(peer & 255, 2) + hex(peer >> 8, 2) + "010A:" + hex(remotePort, 4)
      text += row(
        slot, port, address, state.number, 0, isWaiting ? 0 : 1000,
        isWaiting ? 0 : Int(identity >> 24) & 0xFFFFFF)
    }
  }

  private func users(_ number: Int) -> String {
    "users:((\"\(Self.processes[number % Self.processes.count])\",pid=\(1000 + number),fd=\(number % 90)))"
  }

  private func row(
    _ slot: Int, _ port: Int, _ remote: String, _ state: Int, _ queue: Int, _ uid: Int, _ inode: Int
  ) -> String {
    "\(slot): 0100000A:\(hex(port, 4)) \(remote) \(hex(state, 2)) 00000000:\(hex(queue, 8)) "
      + "00:00000000 00000000 \(uid) 0 \(inode) 1 0000000000000000 20 4 30 10 -1\n"
  }

  private func hex(_ number: Int, _ width: Int = 0) -> String {
    let digits = String(number, radix: 16, uppercase: width > 0)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private func mixed(_ number: UInt64) -> UInt64 {
    var number = number &* 0x9E37_79B9_7F4A_7C15
    number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return number ^ (number >> 27)
  }
}
