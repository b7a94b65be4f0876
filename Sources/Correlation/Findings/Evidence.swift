import TCPModel

/// Named numbers and words, in the order to show.
struct Evidence {
  private(set) var items: [Finding.Evidence] = []

  mutating func add(_ name: String, _ value: (some BinaryInteger)?) {
    if let value { items.append(Finding.Evidence(name, .number(Int64(clamping: value)))) }
  }

  mutating func add(_ name: String, _ value: String?) {
    if let value { items.append(Finding.Evidence(name, .text(value))) }
  }

  mutating func addHandshakeRetries(_ handshake: Handshake) {
    add("syn_retransmissions", handshake.synRetransmissions)
    add("syn_ack_retransmissions", handshake.synACKRetransmissions)
  }

  mutating func addReset(_ marks: Landmarks) {
    add("by", marks.resetBy?.name)
    add("reset_frame", marks.reset)
    add("reset_ttl", marks.rstTTL)
    add("usual_ttl", marks.usualTTL)
  }
}
