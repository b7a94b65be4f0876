import TCPModel

/// What is unusual in the options of a handshake.
enum OptionOddityRule: FindingRule {
  static let kind = FindingKind.optionOddity
  static let severity = Finding.Severity.info

  /// RFC 9293 3.7.1: the MSS without an option, for IPv4 and IPv6.
  static let leastMSS: (ipv4: UInt16, ipv6: UInt16) = (536, 1220)
  /// RFC 7323 2.3.
  static let mostWindowScale: UInt8 = 14
  /// Without scaling.
  static let largestWindow: Int64 = 65_535

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    oddity(connection).map { Sighting(frame: $0.frame) }
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    group.says("finding.option_oddity", ["oddity": oddity(group.example)?.words ?? .nothing])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let options = group.example.handshake.options
    evidence.add("client_mss", options.client?.mss)
    evidence.add("server_mss", options.server?.mss)
    evidence.add("client_window_scale", options.client?.windowScale)
    evidence.add("server_window_scale", options.server?.windowScale)
    return evidence
  }

  /// - Returns: With the frame that shows it: the SYN or the SYN/ACK, or where only a small window is in the way, what
  ///   waited.
  private static func oddity(
    _ connection: ConnectionSummary
  ) -> (words: Wording.Value, frame: Int64)? {
    let answer = connection.landmarks.synACK ?? connection.firstFrame
    let handshake = connection.handshake
    let least = connection.client.address.isIPv6 ? leastMSS.ipv6 : leastMSS.ipv4
    for side in Side.allCases {
      guard let options = handshake.options[side] else { continue }
      let syn = side == .client ? connection.firstFrame : answer
      if let mss = options.mss, mss < least,
        connection.traffic[side.peer].uniqueBytes ?? 0 > Int64(mss)
      {
        return (
          .said("oddity.mss", ["side": .side(side), "mss": .digits(mss), "least": .digits(least)]),
          syn
        )
      }
      if let scale = options.windowScale, scale > mostWindowScale {
        return (.said("oddity.scale", ["side": .side(side), "scale": .digits(scale)]), syn)
      }
    }
    guard let client = handshake.options.client, let server = handshake.options.server else {
      return nil
    }
    if client.windowScale == nil, server.windowScale != nil {
      return (.said("oddity.scaledUnasked"), answer)
    }
    if client.windowScale != nil, server.windowScale == nil, server.mss != nil,
      let sender = senderHeldByWindow(connection)
    {
      return (
        .said("oddity.unscaled", ["bytes": .bytes(connection.traffic[sender].uniqueBytes ?? 0)]),
        connection.limits[sender]?.longestOfReceiver?.firstFrame ?? answer
      )
    }
    return nil
  }

  /// A small window is in the way only of those who send much, and wait for it.
  private static func senderHeldByWindow(_ connection: ConnectionSummary) -> Side? {
    Side.allCases.first { side in
      connection.traffic[side].uniqueBytes ?? 0 > largestWindow
        && connection.limits[side]?.times[.receiverWindow] ?? 0 > 0
    }
  }

  /// As `oddity`, but for any two that do not offer the same.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    record.pointee.offersOddly
  }
}

extension ConnectionRecord {
  /// What may be odd of what either end offers.
  var offersOddly: Bool {
    low.offersOddly || high.offersOddly
      || low.offered.contains(.windowScale) != high.offered.contains(.windowScale)
  }
}

extension EndpointRecord {
  fileprivate var offersOddly: Bool {
    guard !bits.isDisjoint(with: .anySYNSent) else { return false }
    let isSmall = offered.contains(.mss) && mss < OptionOddityRule.leastMSS.ipv6
    return isSmall || windowShift > OptionOddityRule.mostWindowScale
  }
}
