import Support
import TCPModel

/// Says what a server is called. Of several words the best counts: what was given, what the client's
/// hello says, what its request says, what its name server told it, what the capture's own records say,
/// what name servers told others.
public struct ServerNamer: Sendable {
  private let given: [IPAddress: String]
  private let recorded: [IPAddress: String]
  private let answers: DNSAnswers
  private let pseudonyms: AddressPseudonyms?

  /// - Parameters:
  ///   - given: Names for addresses, with an option.
  ///   - recorded: From the capture's name records.
  ///   - answers: Of name servers, in the capture.
  ///   - pseudonyms: With these no real name gets further than here. Those given are no secret.
  public init(
    given: [IPAddress: String] = [:], recorded: [IPAddress: String] = [:],
    answers: DNSAnswers = DNSAnswers(), pseudonyms: AddressPseudonyms? = nil
  ) {
    self.given = given
    self.recorded = recorded.mapValues { $0.lowercased() }
    self.answers = answers
    self.pseudonyms = pseudonyms
  }

  public func name(_ summary: inout ConnectionSummary) {
    if let pseudonyms, summary.spoken != nil { summary.spoken?.rename(by: pseudonyms) }
    if let name = given[summary.server.address] {
      summary.name = ServerName(name, .option)
    } else if let name = summary.spoken?.tls?.serverName.flatMap({ HostName.name($0) }) {
      summary.name = ServerName(name, .sni)
    } else if let name = summary.spoken?.host {
      summary.name = ServerName(name, .host)
    } else {
      summary.name = name(
        of: summary.server.address, for: summary.client.address, at: summary.start)
    }
  }

  /// Names the server of QUIC, whose bytes are encrypted.
  public func name(_ flow: inout QUICFlow) {
    flow.name =
      given[flow.server.address].map { ServerName($0, .option) }
      ?? name(of: flow.server.address, for: flow.client.address, at: flow.start)
  }

  /// What others say of an address.
  private func name(
    of server: IPAddress, for client: IPAddress, at time: Timestamp
  ) -> ServerName? {
    if let name = answers.name(of: server, for: client, at: time) {
      return ServerName(renamed(name), .dns)
    }
    if let name = recorded[server] { return ServerName(name, .capture) }
    return answers.name(of: server, at: time).map { ServerName(renamed($0), .dnsOther) }
  }

  private func renamed(_ name: String) -> String { pseudonyms?.names.pseudonym(of: name) ?? name }
}

extension ApplicationFacts {
  fileprivate mutating func rename(by pseudonyms: AddressPseudonyms) {
    host = host.map { pseudonyms.names.pseudonym(of: $0) }
    if let name = tls?.serverName { tls?.serverName = pseudonyms.names.pseudonym(of: name) }
    for index in exchanges.indices {
      if let host = exchanges[index].host {
        exchanges[index].host = pseudonyms.pseudonym(ofAuthority: host)
      }
      // A path may say anything.
      exchanges[index].path = nil
    }
  }
}
