import Support
import TCPModel

/// Rows of `/proc/net/tcp` and `/proc/net/tcp6` (Linux `Documentation/networking/proc_net_tcp.rst`).
///
///     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
///     44: 14023D0A:1F90 22013D0A:8435 01 00000000:00000000 00:00000000 00000000    33        0 572559
///         2 000000003565a551 20 4 31 11 -1
///
/// Behind the inode: references, address, then for full sockets the retransmission timeout and the
/// delayed-ACK timeout in clock ticks, quick ACKs, congestion window, slow-start threshold (-1:
/// none yet; of `LISTEN` the Fast Open queue's limit). TIME_WAIT rows end with the address.
extension SocketRowParser {
  /// `USER_HZ`: 100 on every architecture in use.
  private static var clockTick: Nanoseconds { 10_000_000 }

  mutating func parseProcRow(_ cursor: inout ByteCursor) {
    _ = cursor.decimal()
    _ = cursor.skip(UInt8(ascii: ":"))
    guard let local = procEndpoint(&cursor), let remote = procEndpoint(&cursor),
      let state = procField(&cursor), let sendQueue = procField(&cursor),
      cursor.skip(UInt8(ascii: ":")), let receiveQueue = cursor.hexadecimal(),
      let timer = procField(&cursor), cursor.skip(UInt8(ascii: ":")),
      let expires = cursor.hexadecimal(), let retransmissions = procField(&cursor)
    else {
      remarks.append("unrecognised row")
      part = .none
      return
    }
    part = .details
    row.local = local.endpoint
    row.remote = remote.endpoint
    row.isIPv4Mapped = local.isIPv4Mapped || remote.isIPv4Mapped
    row.state = SocketRowParser.procState(state)
    if row.state == nil { remarks.append("unknown state") }
    row.receiveQueue = UInt32(clamping: receiveQueue)
    // The file does not tell the limit of an accept queue: the column is 0 then.
    row.sendQueue = row.state == .listen ? nil : UInt32(clamping: sendQueue)
    setTimer(timer, expires: expires, retransmissions: retransmissions)
    parseProcOwner(&cursor)
  }

  private mutating func setTimer(_ kind: UInt64, expires: UInt64, retransmissions: UInt64) {
    let name: SocketTimer.Kind
    switch kind {
    case 0: return
    case 1: name = .on
    case 2: name = .keepalive
    case 3: name = .timewait
    case 4: name = .persist
    default: name = .unknown
    }
    let ticks = Nanoseconds(clamping: min(expires, 1 << 39))
    row.timer = SocketTimer(
      kind: name, expires: ticks * SocketRowParser.clockTick,
      retransmissions: UInt32(clamping: retransmissions))
  }

  /// From the uid on; a row that is cut off here is a socket all the same.
  private mutating func parseProcOwner(_ cursor: inout ByteCursor) {
    cursor.skipBlanks()
    let uid = cursor.decimal32()
    cursor.skipBlanks()
    let probes = cursor.decimal32()
    cursor.skipBlanks()
    guard let inode = cursor.decimal() else {
      remarks.append("cut-off row")
      return
    }
    if row.timer?.kind == .timewait {
      // A mini-socket, of TIME_WAIT or an orphan's FIN_WAIT_2: these columns are fixed zeros.
      row.inode = 0
      return
    }
    row.uid = uid
    row.inode = inode
    if let probes, probes > 0, row.timer?.kind == .keepalive || row.timer?.kind == .persist {
      row.timer?.retransmissions = probes
    }
    cursor.skipBlanks()
    cursor.skipToBlank()
    cursor.skipBlanks()
    cursor.skipToBlank()
    parseProcInfo(&cursor)
  }

  private mutating func parseProcInfo(_ cursor: inout ByteCursor) {
    cursor.skipBlanks()
    guard row.state != .listen, row.state != .synReceived, let timeout = cursor.decimal() else {
      return
    }
    cursor.skipBlanks()
    let ackTimeout = cursor.decimal()
    cursor.skipBlanks()
    _ = cursor.decimal()
    cursor.skipBlanks()
    guard let ackTimeout, let window = cursor.decimal32() else { return }
    cursor.skipBlanks()
    var info = emptyInfo
    info.retransmissionTimeout = ticks(timeout)
    info.ackTimeout = ticks(ackTimeout)
    info.congestionWindow = window
    info.slowStartThreshold = cursor.decimal32()
    row.info = info
  }

  private func ticks(_ count: UInt64) -> Nanoseconds {
    Nanoseconds(clamping: min(count, 1 << 39)) * SocketRowParser.clockTick
  }

  private func procField(_ cursor: inout ByteCursor) -> UInt64? {
    cursor.skipBlanks()
    return cursor.hexadecimal()
  }

  /// The kernel's numbers; `0C` is a SYN_RECEIVED request.
  private static func procState(_ number: UInt64) -> TCPState? {
    switch number {
    case 0x01: .established
    case 0x02: .synSent
    case 0x03, 0x0C: .synReceived
    case 0x04: .finWait1
    case 0x05: .finWait2
    case 0x06: .timeWait
    case 0x07: .closed
    case 0x08: .closeWait
    case 0x09: .lastACK
    case 0x0A: .listen
    case 0x0B: .closing
    default: nil
    }
  }

  private func procEndpoint(
    _ cursor: inout ByteCursor
  ) -> (endpoint: Endpoint, isIPv4Mapped: Bool)? {
    cursor.skipBlanks()
    guard let words = ProcAddress(&cursor), cursor.skip(UInt8(ascii: ":")),
      let port = cursor.hexadecimal(), port <= 0xFFFF
    else { return nil }
    let address = words.address(isBigEndian: hasBigEndianWords)
    let port16 = UInt16(truncatingIfNeeded: port)
    if let mapped = address.ipv4Mapped { return (Endpoint(address: mapped, port: port16), true) }
    return (Endpoint(address: address, port: port16), false)
  }
}
