import Support
import TCPModel
import Timeline

/// Every connection in few bytes, for the script of a page to sort, search and filter: a list a column,
/// each text once.
public struct ConnectionTable: Sendable {
  /// So many open in a second; a page of more takes a browser's memory.
  public static let limit = 200_000

  /// Texts in the order of their first use.
  private struct TextList: Sendable {
    private(set) var list: [String] = []
    private var places: [String: Int64] = [:]

    mutating func place(of text: String) -> Int64 {
      if let place = places[text] { return place }
      let place = Int64(list.count)
      list.append(text)
      places[text] = place
      return place
    }
  }

  /// An end without its port, by the name that it is called and by its address.
  private struct Host: Hashable {
    var shown: String
    var address: String
  }

  private var hosts: [Host] = []
  private var hostPlaces: [Host: Int64] = [:]
  private var limits = TextList()
  private var ids: [Int64] = []
  private var ends = PerSide<[Int64]>(both: [])
  private var ports = PerSide<[Int64]>(both: [])
  private var starts: [Int64] = []
  private var durations: [Int64] = []
  private var handshakes: [Int64?] = []
  private var firstBytes: [Int64?] = []
  private var waits: [Int64?] = []
  private var payloads = PerSide<[Int64]>(both: [])
  private var serverTimes: [Int64?] = []
  private var repeats: [Int64?] = []
  private var limitPlaces: [Int64] = []
  private var outcomes: [Int64] = []

  private let texts: Texts

  public init(_ texts: Texts = Texts.of(.en)) {
    self.texts = texts
  }

  public var count: Int { ids.count }

  /// Whether anything held one of them back for long.
  var hasLimits: Bool { limits.list.contains { !$0.isEmpty } }

  public mutating func add(_ summary: ConnectionSummary, _ header: ReportHeader) {
    ids.append(Int64(summary.id))
    for side in Side.allCases {
      let endpoint = summary.endpoint(side)
      let suffix = ":\(endpoint.port)".utf8.count
      let host = Host(
        shown: String(header.text(of: side, summary).dropLast(suffix)),
        address: String(endpoint.description.dropLast(suffix)))
      ends[side].append(place(of: host))
      ports[side].append(Int64(endpoint.port))
      payloads[side].append(summary.traffic[side].payloadBytes)
    }
    starts.append(header.summary.start.map { max(0, summary.start.since($0)) } ?? 0)
    durations.append(summary.duration)
    handshakes.append(summary.timings.handshake)
    firstBytes.append(summary.timings.firstByte)
    waits.append(summary.timings.longestWait)
    serverTimes.append(summary.timings.serverTime)
    repeats.append(summary.repeats)
    limitPlaces.append(limits.place(of: Story.shortLimit(summary, texts) ?? ""))
    outcomes.append(Int64(summary.outcome.place))
  }

  private mutating func place(of host: Host) -> Int64 {
    if let place = hostPlaces[host] { return place }
    let place = Int64(hosts.count)
    hosts.append(host)
    hostPlaces[host] = place
    return place
  }

  /// JSON that cannot end the element it stands in.
  ///
  /// - Parameter detailed: Numbers of the connections that have a section of their own.
  func json(findings: [Finding], detailed: [Int]) -> String {
    var output = ByteWriter()
    output.openObject()
    for (name, column) in [
      ("id", ids), ("client", ends.client), ("client_port", ports.client), ("server", ends.server),
      ("server_port", ports.server), ("start", starts), ("duration", durations),
      ("sent", payloads.client), ("received", payloads.server), ("limit", limitPlaces),
      ("outcome", outcomes),
    ] as [(StaticString, [Int64])] { output.member(name, column) }
    for (name, column) in [
      ("handshake", handshakes), ("first_byte", firstBytes), ("longest_wait", waits),
      ("server_time", serverTimes), ("repeats", repeats),
    ] as [(StaticString, [Int64?])] {
      output.key(name)
      output.openArray()
      for value in column { if let value { output.value(value) } else { output.null() } }
      output.closeArray()
    }
    for (name, texts) in [
      ("hosts", hosts.map(\.shown)), ("addresses", hosts.map(\.address)), ("limits", limits.list),
      ("outcomes", Outcome.allCases.map(\.rawValue)),
      ("outcome_words", Outcome.allCases.map { texts($0) }),
    ] as [(StaticString, [String])] {
      output.key(name)
      output.openArray()
      for text in texts { output.value(text) }
      output.closeArray()
    }
    output.key("words")
    output.openObject()
    for (name, key) in [
      ("one", "page.script.one"), ("all", "page.script.all"), ("some", "page.script.some"),
      ("page", "page.script.page"),
    ] as [(StaticString, String)] { output.member(name, texts(key)) }
    output.closeObject()
    output.member("detailed", detailed.map(Int64.init))
    output.key("findings")
    output.openArray()
    for finding in findings {
      output.openObject()
      output.member("kind", plain: finding.kind.rawValue)
      output.member("ids", finding.connections.map(Int64.init))
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
    var safe: [UInt8] = []
    for byte in output.takeBytes() {
      if byte == UInt8(ascii: "<") { safe += Array("\\u003c".utf8) } else { safe.append(byte) }
    }
    return String(decoding: safe, as: UTF8.self)
  }
}
