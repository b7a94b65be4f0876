import Support
import TCPModel

/// Says what a server is called. Of several words the best counts: what was given, what the client's
/// hello says, what its request says, what its name server told it, what the capture's own records say,
/// what name servers told others.
public struct ServerNamer: Sendable {
  private let given: [IPAddress: String]
  private let recorded: [IPAddress: String]
  private let answers: DNSAnswers
  private let pseudonyms: NamePseudonyms?

  /// - Parameters:
  ///   - given: Names for addresses, with an option.
  ///   - recorded: From the capture's name records.
  ///   - answers: Of name servers, in the capture.
  ///   - pseudonyms: With these no real name gets further than here. Those given are no secret.
  public init(
    given: [IPAddress: String] = [:], recorded: [IPAddress: String] = [:],
    answers: DNSAnswers = DNSAnswers(), pseudonyms: NamePseudonyms? = nil
  ) {
    self.given = given
    self.recorded = recorded
    self.answers = answers
    self.pseudonyms = pseudonyms
  }

  public func name(_ summary: inout ConnectionSummary) {
    if let pseudonyms, summary.spoken != nil { summary.spoken?.rename(by: pseudonyms) }
    let server = summary.server.address
    if let name = given[server] {
      summary.name = ServerName(name, .option)
    } else if let name = summary.spoken?.tls?.serverName.flatMap({ HostName.name($0) }) {
      summary.name = ServerName(name, .sni)
    } else if let name = summary.spoken?.host {
      summary.name = ServerName(name, .host)
    } else if !answers.isEmpty,
      let name = answers.name(of: server, for: summary.client.address, at: summary.start)
    {
      summary.name = ServerName(renamed(name), .dns)
    } else if let name = recorded[server] {
      summary.name = ServerName(name, .capture)
    } else if !answers.isEmpty, let name = answers.name(of: server, at: summary.start) {
      summary.name = ServerName(renamed(name), .dnsOther)
    } else {
      summary.name = nil
    }
  }

  private func renamed(_ name: String) -> String { pseudonyms?.pseudonym(of: name) ?? name }
}

extension ApplicationFacts {
  fileprivate mutating func rename(by pseudonyms: NamePseudonyms) {
    host = host.map { pseudonyms.pseudonym(of: $0) }
    if let name = tls?.serverName { tls?.serverName = pseudonyms.pseudonym(of: name) }
    for index in exchanges.indices {
      if let host = exchanges[index].host {
        exchanges[index].host = pseudonyms.pseudonym(ofAuthority: host)
      }
      // A path may say anything.
      exchanges[index].path = nil
    }
  }
}
