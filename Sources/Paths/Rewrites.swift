import TCPModel

extension PathRewrites {
  /// What differs between the same connection at two points, the first nearer to the client.
  init(
    atClient near: Sight, atServer far: Sight, side farSide: (Side) -> Side,
    showsForeignSACK: Bool
  ) {
    self.init()
    for side in Side.allCases {
      let (left, right) = (near.endpoint(side), far.endpoint(farSide(side)))
      let address =
        left.address == right.address ? nil : Rewrite(left.address, right.address)
      let port = left.port == right.port ? nil : Rewrite(left.port, right.port)
      if side == .client {
        (clientAddress, clientPort) = (address, port)
      } else {
        (serverAddress, serverPort) = (address, port)
      }
      let (sent, arrived) =
        side == .client
        ? (near.end(side), far.end(farSide(side))) : (far.end(farSide(side)), near.end(side))
      if sent.segments > 0, arrived.segments > 0, sent.ttl >= arrived.ttl {
        hops[side] = Int(sent.ttl) - Int(arrived.ttl)
      }
      if let sent = sent.syn, let arrived = arrived.syn {
        let delta =
          side == .client
          ? arrived.sequence &- sent.sequence : sent.sequence &- arrived.sequence
        if delta != 0 { isnDelta[side] = delta }
        compare(side, sent, arrived)
      }
    }
    sackNotTranslated = showsForeignSACK
  }

  private mutating func compare(_ side: Side, _ sent: SYNFacts, _ arrived: SYNFacts) {
    let both = sent.kinds.intersection(arrived.kinds)
    if both.contains(.mss), sent.mss != arrived.mss { mss[side] = Rewrite(sent.mss, arrived.mss) }
    if both.contains(.windowScale), sent.windowScale != arrived.windowScale {
      windowScale[side] = Rewrite(sent.windowScale, arrived.windowScale)
    }
    // A snap length that cuts options hides them.
    guard !sent.anyKinds.contains(.cut), !arrived.anyKinds.contains(.cut),
      sent.anyKinds != arrived.anyKinds
    else { return }
    for (kind, name) in PathRewrites.optionNames {
      if sent.commonKinds.contains(kind), !arrived.anyKinds.contains(kind),
        !optionsStripped.contains(name)
      {
        optionsStripped.append(name)
      }
      if !sent.anyKinds.contains(kind), arrived.commonKinds.contains(kind),
        !optionsAdded.contains(name)
      {
        optionsAdded.append(name)
      }
    }
  }

  private static let optionNames: [(TCPOptions.Kinds, String)] = [
    (.mss, "mss"), (.windowScale, "window_scale"), (.sackPermitted, "sack_permitted"),
    (.timestamps, "timestamps"), (.fastOpen, "fast_open"), (.multipath, "multipath"),
    (.md5, "md5"), (.authentication, "authentication"), (.userTimeout, "user_timeout"),
  ]
}
