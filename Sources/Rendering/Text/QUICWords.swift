import Support
import TCPModel

/// What is to be said of QUIC: that it is there, how much, and to whom.
enum QUICWords {
  /// Servers named before the rest is counted.
  private static let most = 5

  /// A sentence for each server, most datagrams first; none where there is no QUIC.
  static func sentences(_ header: ReportHeader, _ texts: Texts) -> [String] {
    var places: [String: Int] = [:]
    var servers: [(label: String, flows: Int, datagrams: Int64, bytes: Int64)] = []
    for flow in header.quic {
      let label =
        flow.name.map { "\($0.shown(\.safeToShow)) (\(flow.server))" }
        ?? header.text(of: flow.server)
      let place = places[label] ?? servers.count
      if place == servers.count {
        places[label] = place
        servers.append((label, 0, 0, 0))
      }
      servers[place].flows += 1
      servers[place].datagrams &+= flow.datagrams
      servers[place].bytes &+= flow.bytes
    }
    // Equal ones keep the order of their first datagrams.
    let order = servers.indices.sorted {
      servers[$0].datagrams != servers[$1].datagrams
        ? servers[$0].datagrams > servers[$1].datagrams : $0 < $1
    }
    var sentences = order.prefix(most).map { index in
      let server = servers[index]
      return texts(
        "quic.server",
        [
          "datagrams": texts.counted("quic.datagrams", server.datagrams),
          "flows": texts.counted("quic.flows", server.flows), "server": server.label,
          "bytes": Quantity.bytes(server.bytes),
        ])
    }
    if servers.count > most {
      sentences.append(texts.counted("quic.more", servers.count - most))
    }
    return sentences
  }
}
