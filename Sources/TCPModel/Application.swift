/// What two ends speak over a connection. The raw value is the name used everywhere.
public enum Application: String, Sendable, CaseIterable {
  case tls, http, http2, websocket, ssh, smtp, imap, pop3, ftp, dns, postgresql, mysql, redis, mqtt
  case amqp, kafka, sip, rtsp, ldap, smb, rdp, mongodb, cassandra, memcached, nats, irc, bgp, xmpp
  case telnet, vnc, rsync, git, mssql, bittorrent, socks, msn

  /// What is usually spoken at a port (IANA); a hint only.
  public init?(port: UInt16) {
    switch port {
    case 443, 8443, 853, 465, 636, 993, 995: self = .tls
    case 80, 8080, 8000: self = .http
    case 22: self = .ssh
    case 25, 587: self = .smtp
    case 143: self = .imap
    case 110: self = .pop3
    case 21: self = .ftp
    case 53: self = .dns
    case 5432: self = .postgresql
    case 3306: self = .mysql
    case 6379: self = .redis
    case 1883: self = .mqtt
    case 5672: self = .amqp
    case 9092: self = .kafka
    case 5060: self = .sip
    case 554: self = .rtsp
    case 389: self = .ldap
    case 445: self = .smb
    case 3389: self = .rdp
    case 27017: self = .mongodb
    case 9042: self = .cassandra
    case 11211: self = .memcached
    case 4222: self = .nats
    case 6667: self = .irc
    case 179: self = .bgp
    case 5222, 5269: self = .xmpp
    case 23: self = .telnet
    case 5900: self = .vnc
    case 873: self = .rsync
    case 9418: self = .git
    case 1433: self = .mssql
    case 1080: self = .socks
    case 1863: self = .msn
    default: return nil
    }
  }

  /// Both ends speak when they like, or the server passes on what others say: what comes after a request is
  /// not its answer.
  public var speaksUnasked: Bool {
    switch self {
    case .bgp, .irc, .xmpp, .websocket, .mqtt, .telnet, .ssh, .rdp, .vnc, .bittorrent, .msn, .amqp,
      .nats:
      true
    case .tls, .http, .http2, .smtp, .imap, .pop3, .ftp, .dns, .postgresql, .mysql, .redis, .kafka,
      .sip, .rtsp, .ldap, .smb, .mongodb, .cassandra, .memcached, .rsync, .git, .mssql, .socks:
      false
    }
  }

  /// Each message of the client gets an answer, and the server says nothing else, or hardly: what is inside TLS, a
  /// tunnel or several streams may be anything.
  public var answersEach: Bool {
    switch self {
    case .http, .smtp, .imap, .pop3, .ftp, .dns, .postgresql, .mysql, .kafka, .rtsp, .ldap, .smb,
      .mongodb, .cassandra, .memcached, .git, .mssql:
      true
    case .tls, .http2, .redis, .sip, .rsync, .socks, .bgp, .irc, .xmpp, .websocket, .mqtt, .telnet,
      .ssh, .rdp, .vnc, .bittorrent, .msn, .amqp, .nats:
      false
    }
  }
}

/// Why an application is believed.
public enum ApplicationBasis: String, Sendable {
  /// Its own first bytes say so.
  case bytes
  /// No payload was captured; the server's port is one where it is usually spoken.
  case port
}

/// Where a server's name comes from, the best first.
public enum NameBasis: String, Sendable {
  /// Given with an option.
  case option
  /// The client's hello (RFC 6066 3).
  case sni
  /// The Host of a request, or its `:authority`.
  case host
  /// An answer that this client got.
  case dns
  /// The capture's own name records.
  case capture
  /// An answer that other clients got.
  case dnsOther = "dns_other"
}

/// What a server is called, and who says so.
public struct ServerName: Sendable, Hashable {
  public var text: String
  public var basis: NameBasis

  public init(_ text: String, _ basis: NameBasis) {
    self.text = text
    self.basis = basis
  }

  /// For people: with a question mark where it was told to others alone.
  public func shown(_ fit: (String) -> String) -> String {
    fit(text) + (basis == .dnsOther ? "?" : "")
  }
}

/// What a TLS handshake says in clear (RFC 8446, RFC 5246).
public struct TLSFacts: Sendable, Hashable {
  /// As the wire has it, 0x0304 for 1.3; nil while no server hello was seen.
  public var version: UInt16?
  public var serverName: String?
  /// What the client offered, in its order (RFC 7301).
  public var offeredProtocols: [String]
  /// What the server took, where it says so in clear: not since TLS 1.3.
  public var selectedProtocol: String?
  /// The first alert in clear that is not close_notify.
  public var alert: UInt8?
  public var alertFrom: Side?
  /// How often the client waited for the server before its first data: 1 in TLS 1.3, 2 in TLS 1.2, one
  /// less where a session is resumed. nil where the handshake did not come to its end.
  public var roundTrips: UInt8?
  /// The fingerprint of the client's hello (JA4, FoxIO).
  public var ja4: String?

  public init() {
    offeredProtocols = []
  }

  /// TLS 1.3 or a draft of it (0x7fNN), or Facebook's draft (0xfbNN).
  public static func isThirteen(_ version: UInt16?) -> Bool {
    version == 0x0304 || version.map { $0 >> 8 == 0x7f || $0 >> 8 == 0xfb } ?? false
  }

  public var versionName: String? {
    switch version {
    case nil: nil
    case 0x0300: "SSL 3.0"
    case 0x0301: "TLS 1.0"
    case 0x0302: "TLS 1.1"
    case 0x0303: "TLS 1.2"
    case 0x0304: "TLS 1.3"
    case let other?: "0x" + String(other, radix: 16)
    }
  }

  /// RFC 8446 6, RFC 6066 3 and the registry of alerts.
  public static func alertName(_ code: UInt8) -> String {
    switch code {
    case 0: "close_notify"
    case 10: "unexpected_message"
    case 20: "bad_record_mac"
    case 21: "decryption_failed"
    case 22: "record_overflow"
    case 30: "decompression_failure"
    case 40: "handshake_failure"
    case 41: "no_certificate"
    case 42: "bad_certificate"
    case 43: "unsupported_certificate"
    case 44: "certificate_revoked"
    case 45: "certificate_expired"
    case 46: "certificate_unknown"
    case 47: "illegal_parameter"
    case 48: "unknown_ca"
    case 49: "access_denied"
    case 50: "decode_error"
    case 51: "decrypt_error"
    case 70: "protocol_version"
    case 71: "insufficient_security"
    case 80: "internal_error"
    case 86: "inappropriate_fallback"
    case 90: "user_canceled"
    case 100: "no_renegotiation"
    case 109: "missing_extension"
    case 110: "unsupported_extension"
    case 111: "certificate_unobtainable"
    case 112: "unrecognized_name"
    case 113: "bad_certificate_status_response"
    case 114: "bad_certificate_hash_value"
    case 115: "unknown_psk_identity"
    case 116: "certificate_required"
    case 120: "no_application_protocol"
    case 121: "ech_required"
    default: "alert_\(code)"
    }
  }
}

/// One request and its response.
public struct Exchange: Sendable, Hashable {
  /// nil where the request was not captured.
  public var method: String?
  /// As the request says it, with a port where it has one.
  public var host: String?
  /// nil unless paths are asked for.
  public var path: String?
  /// Of the request's target, in bytes.
  public var pathLength: Int?
  /// nil where there is no response.
  public var status: Int?
  /// The first byte of each; offsets from the connection's first segment.
  public var requestAt: Nanoseconds?
  public var requestFrame: Int64?
  /// The request's last byte.
  public var requestEnd: Nanoseconds?
  public var responseAt: Nanoseconds?
  public var responseFrame: Int64?
  /// Whole messages, heads included; nil where the end is not known.
  public var requestBytes: Int64?
  public var responseBytes: Int64?
  /// From the request's last byte to the response's first one, less the way there and back.
  public var serverTime: Nanoseconds?

  public init() {}

  /// `GET www.example.com`; nil where the request was not captured.
  public var request: String? {
    method.map { method in method + (host.map { " " + $0 } ?? "") }
  }
}

/// A response of which more was announced than was sent.
public struct CutResponse: Sendable, Hashable {
  /// Where it begins.
  public var frame: Int64
  /// Of its body, in bytes; nil for one in chunks, whose last one is missing.
  public var announced: Int64?
  /// The same, as far as it was sent; of one in chunks with what frames them.
  public var sent: Int64

  public init(frame: Int64, announced: Int64?, sent: Int64) {
    self.frame = frame
    self.announced = announced
    self.sent = sent
  }
}

/// An alert in clear that ends a TLS handshake: of level fatal (RFC 5246 7.2.2; RFC 8446 6.2).
public struct FatalAlert: Sendable, Hashable {
  public var code: UInt8
  public var from: Side
  public var frame: Int64

  public init(code: UInt8, from: Side, frame: Int64) {
    self.code = code
    self.from = from
    self.frame = frame
  }

  public var name: String { TLSFacts.alertName(code) }
}

/// What the bytes of a connection say about what is spoken over it.
public struct ApplicationFacts: Sendable, Hashable {
  public var application: Application
  public var basis: ApplicationBasis
  public var tls: TLSFacts?
  /// The first host of its requests, without port; nil where that is an address.
  public var host: String?
  public var exchanges: [Exchange]
  /// Requests beyond those.
  public var exchangesOmitted: Int
  /// They are rare: in place every connection would have room for them.
  public var troubles: [Trouble] = []

  /// What was said and ended badly.
  public enum Trouble: Sendable, Hashable {
    case cutResponse(CutResponse)
    case fatalAlert(FatalAlert)
  }

  /// The last response has not come to its end; nil where it has, and where that is not known.
  public var cutResponse: CutResponse? {
    for case .cutResponse(let response) in troubles { return response }
    return nil
  }

  /// The first one, whatever was warned of before.
  public var fatalAlert: FatalAlert? {
    for case .fatalAlert(let alert) in troubles { return alert }
    return nil
  }

  public init(_ application: Application, _ basis: ApplicationBasis = .bytes) {
    self.application = application
    self.basis = basis
    exchanges = []
    exchangesOmitted = 0
  }
}
