import TCPModel

/// What is spoken over a connection, as members of its JSON object.
enum JSONApplication {
  static func write(_ facts: ApplicationFacts?, to output: inout ByteWriter) {
    output.member("application", plain: facts?.application.rawValue)
    output.member("application_basis", plain: facts?.basis.rawValue)
    output.key("tls")
    if let tls = facts?.tls { write(tls, to: &output) } else { output.null() }
    output.key("exchanges")
    output.openArray()
    if let exchanges = facts?.exchanges {
      for exchange in exchanges { write(exchange, to: &output) }
    }
    output.closeArray()
    if let facts, facts.exchangesOmitted > 0 {
      output.member("exchanges_omitted", Int64(facts.exchangesOmitted))
    }
  }

  private static func write(_ tls: TLSFacts, to output: inout ByteWriter) {
    output.openObject()
    output.member("version", plain: tls.versionName)
    output.member("server_name", tls.serverName)
    output.key("alpn")
    output.openArray()
    for name in tls.offeredProtocols { output.value(name) }
    output.closeArray()
    output.member("alpn_selected", tls.selectedProtocol)
    output.key("alert")
    if let alert = tls.alert {
      output.openObject()
      output.member("code", Int64(alert))
      output.member("name", plain: TLSFacts.alertName(alert))
      output.member("from", plain: tls.alertFrom?.name)
      output.closeObject()
    } else {
      output.null()
    }
    output.member("ja4", plain: tls.ja4)
    output.member("round_trips", tls.roundTrips.map(Int64.init))
    output.closeObject()
  }

  private static func write(_ exchange: Exchange, to output: inout ByteWriter) {
    output.openObject()
    output.member("method", exchange.method)
    output.member("host", exchange.host)
    if let path = exchange.path { output.member("path", path) }
    output.member("path_length", exchange.pathLength.map(Int64.init))
    output.member("status", exchange.status.map(Int64.init))
    output.member("request_at_ns", exchange.requestAt)
    output.member("request_frame", exchange.requestFrame)
    output.member("response_at_ns", exchange.responseAt)
    output.member("response_frame", exchange.responseFrame)
    output.member("request_bytes", exchange.requestBytes)
    output.member("response_bytes", exchange.responseBytes)
    output.member("server_time_ns", exchange.serverTime)
    output.closeObject()
  }
}
