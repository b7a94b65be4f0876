/// Formats that people hand over in place of a capture or a socket snapshot: what each is told by,
/// and what to do with it.
struct ForeignFormat {
  /// What it seems to be: "a zip archive".
  let name: String
  let advice: String

  private init(_ name: String, _ advice: String) {
    self.name = name
    self.advice = advice
  }

  /// About a file, without its name.
  var sentence: String { "this is \(name) (byte offset 0); \(CaptureError.formats): \(advice)" }

  /// How much of a file is looked at.
  static let headLength = 16 << 10

  /// nil for what is not known here.
  init?(_ head: UnsafeRawBufferPointer) {
    guard let found = ForeignFormat.binary(head) ?? ForeignFormat.text(head) else { return nil }
    self = found
  }
}

// MARK: - Binary files

extension ForeignFormat {
  private struct Magic {
    var offset = 0
    let bytes: [UInt8]
    let format: ForeignFormat

    init(_ text: String, at offset: Int = 0, _ name: String, _ advice: String) {
      self.init(Array(text.utf8), at: offset, name, advice)
    }

    init(_ bytes: [UInt8], at offset: Int = 0, _ name: String, _ advice: String) {
      self.offset = offset
      self.bytes = bytes
      format = ForeignFormat(name, advice)
    }

    func begins(_ head: UnsafeRawBufferPointer) -> Bool {
      head.count >= offset + bytes.count && head[offset...].starts(with: bytes)
    }
  }

  private static let unpack = "unpack it, and name what was in it"
  private static let convert = "convert it with 'editcap -F pcapng'"

  private static let magics: [Magic] = [
    Magic("PK\u{3}\u{4}", "a zip archive", unpack),
    Magic("PK\u{5}\u{6}", "an empty zip archive", unpack),
    Magic(
      [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "an xz-compressed file", "decompress it with 'xz -dk'"),
    Magic("BZh", "a bzip2-compressed file", "decompress it with 'bzip2 -dk'"),
    Magic("LZIP", "an lzip-compressed file", "decompress it with 'lzip -dk'"),
    Magic([0x89, 0x4C, 0x5A, 0x4F], "an lzop-compressed file", "decompress it with 'lzop -dk'"),
    Magic([0x1F, 0x9D], "a file of compress(1)", "decompress it with 'gzip -dk'"),
    Magic([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive", unpack),
    Magic("Rar!", "a RAR archive", unpack),
    Magic("ustar", at: 257, "a tar archive", unpack),
    Magic("snoop\0\0\0", "a Solaris snoop capture", convert),
    Magic("GMBU", "a Microsoft Network Monitor capture", convert),
    Magic("RTSS", "a Microsoft Network Monitor capture", convert),
    Magic("TRSNIFF data", "a Sniffer capture", convert),
    Magic("XCP\0", "a NetXRay capture", convert),
    Magic("\u{5}VNF", "a Visual Networks capture", convert),
    Magic("btsnoop\0", "a Bluetooth capture", "it holds no TCP"),
    Magic(
      [0x89, 0x54, 0x43, 0x50, 0x4A], "the journal of a piece of a capture",
      "name those of all its pieces to 'tcptimeline merge'"),
    Magic("SQLite format 3\0", "an SQLite database", "name the captures or snapshots themselves"),
    Magic("%PDF", "a PDF document", "name the captures or snapshots themselves"),
    Magic([0x89, 0x50, 0x4E, 0x47], "a PNG picture", "name the captures or snapshots themselves"),
    Magic([0x7F, 0x45, 0x4C, 0x46], "a program", "name the captures or snapshots themselves"),
    Magic(
      [0xFF, 0xFE], "UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'"),
    Magic(
      [0xFE, 0xFF], "UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'"),
  ]

  private static func binary(_ head: UnsafeRawBufferPointer) -> ForeignFormat? {
    if let magic = magics.first(where: { $0.begins(head) }) { return magic.format }
    return isEventTrace(head)
      ? ForeignFormat("a Windows event trace (etl)", "convert it with 'etl2pcapng'") : nil
  }

  /// WMI_BUFFER_HEADER: buffer size (4) | bytes saved (4) | .., 72 bytes, then a trace header whose
  /// marker is 0xC0 in its fourth byte.
  private static func isEventTrace(_ head: UnsafeRawBufferPointer) -> Bool {
    guard head.count >= 76, head[72 + 3] & 0xC0 == 0xC0 else { return false }
    let size = UInt32(littleEndian: head.loadUnaligned(as: UInt32.self))
    let saved = UInt32(littleEndian: head.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    return size >= 1024 && size <= 16 << 20 && size % 1024 == 0 && saved >= 72 && saved <= size
  }
}

// MARK: - Texts

extension ForeignFormat {
  private static let sockets = "save the sockets with 'ss -tanoipem'"
  private static let packets = "save the packets themselves with 'tcpdump -w FILE'"

  private static func text(_ head: UnsafeRawBufferPointer) -> ForeignFormat? {
    let start = head.prefix(headLength)
    guard !start.isEmpty, !start.prefix(1024).contains(0) else { return nil }
    let text = String(decoding: start, as: UTF8.self)
    let lines = text.split(maxSplits: 200, whereSeparator: \.isNewline).prefix(200)
    return markup(text.drop { $0.isWhitespace || $0 == "\u{FEFF}" })
      ?? (isCode(head)
        ? ForeignFormat("source code", "name the captures or snapshots themselves") : nil)
      ?? listing(lines)
  }

  /// JSON, XML or HTML, whatever texts it holds.
  static func isMarkup(_ head: UnsafeRawBufferPointer) -> Bool {
    guard let first = head.first(where: { $0 > 0x20 }), "{[<".utf8.contains(first) else {
      return false
    }
    return markup(
      String(decoding: head.prefix(headLength), as: UTF8.self)[...].drop { $0.isWhitespace }) != nil
  }

  /// Source code, which may quote what it parses. As bytes, because every snapshot is asked.
  static func isCode(_ head: UnsafeRawBufferPointer) -> Bool {
    let lines = head.prefix(headLength).split(maxSplits: 200) { $0 == 0x0A || $0 == 0x0D }
      .prefix(200)
    let code = lines.count { line in
      let bare = line.drop { $0 == 0x20 || $0 == 0x09 }
      guard let last = bare.last else { return false }
      return codeEnds.contains(last) || codeBeginnings.contains { bare.starts(with: $0) }
    }
    return code >= leastCode && code * 4 >= lines.count
  }

  private static let leastCode = 5
  private static let codeEnds = Array("{};".utf8)
  private static let codeBeginnings = [
    "//", "/*", "import ", "from ", "func ", "let ", "var ", "def ", "class ", "return ",
    "#include",
    "package ", "use ", "if ", "for ", "const ", "@",
  ].map { Array($0.utf8) }

  private static func markup(_ text: Substring) -> ForeignFormat? {
    guard let first = text.first else { return nil }
    if first == "<" {
      let start = text.prefix(1024).lowercased()
      if start.contains("<pdml") || start.contains("<psml") {
        return ForeignFormat("packets as XML (PDML)", packets)
      }
      if start.contains("<svg") { return ForeignFormat("an SVG picture", packets) }
      if start.hasPrefix("<!doctype html") || start.contains("<html") {
        return ForeignFormat(
          "an HTML page", "perhaps a login page came in place of a download; fetch the file again")
      }
      return start.hasPrefix("<?xml") ? ForeignFormat("XML", packets) : nil
    }
    guard first == "{" || first == "[" else { return nil }
    let next = text.dropFirst().first { !$0.isWhitespace }
    // `[web1] ESTAB ..` is no JSON.
    guard let next, "\"{[]}".contains(next) || first == "[" && next == "-" else { return nil }
    if text.contains("\"log\""), text.contains("\"creator\"") || text.contains("\"entries\"") {
      return ForeignFormat("an HTTP archive of a browser (HAR)", "it holds no packets; \(packets)")
    }
    if text.contains("\"_source\""), text.contains("\"layers\"") {
      return ForeignFormat("packets as JSON (tshark -T json)", packets)
    }
    if text.contains("\"generator\""), text.contains("tcptimeline") {
      return ForeignFormat("a report of tcptimeline", "name the capture it was made of")
    }
    if text.contains("Address:Port") || text.contains("local_address") {
      return ForeignFormat(
        "JSON with a socket snapshot in it", "take the text out, as with 'jq -r .FIELD'")
    }
    return ForeignFormat("JSON", packets)
  }

  /// What commands print.
  private static func listing(_ lines: ArraySlice<Substring>) -> ForeignFormat? {
    for line in lines {
      let words = line.split(maxSplits: 12) { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let first = words.first else { continue }
      if isNetstat(words) { return ForeignFormat("netstat output", sockets) }
      if first == "Total:", lines.contains(where: { $0.hasPrefix("TCP:") }) {
        return ForeignFormat("the summary of 'ss -s'", sockets)
      }
      if first == "COMMAND", words.contains("PID"), words.contains("FD") {
        return ForeignFormat("lsof output", sockets)
      }
      if first == "#separator" || first.hasPrefix("#fields") {
        return ForeignFormat("a log of Zeek", "name the capture it was made of")
      }
      if words.contains(where: { $0.hasPrefix("src=") }),
        words.contains(where: { $0.hasPrefix("sport=") })
      {
        return ForeignFormat("a connection tracking table (conntrack)", sockets)
      }
      if isPacketText(words) {
        return ForeignFormat("text that tcpdump or tshark printed", packets)
      }
      if isHexDump(words) {
        return ForeignFormat("a hex dump", "make a capture of it with 'text2pcap'")
      }
    }
    return nil
  }

  /// Its header, or a row of it: protocol, two queues, two addresses, a state in netstat's words.
  static func isNetstat(_ words: [Substring]) -> Bool {
    guard let first = words.first else { return false }
    if first == "Active", words.count > 1, words[1] == "Internet" || words[1] == "Connections" {
      return true
    }
    if first == "Proto", words.contains(where: { $0 == "Local" || $0 == "Recv-Q" }) { return true }
    guard ["tcp", "tcp4", "tcp6", "tcp46", "TCP"].contains(first) else { return false }
    return words.dropFirst(3).contains { netstatStates.contains($0) }
  }

  /// That ss spells another way; `LISTEN` is the same in both, but stands behind the addresses.
  private static let netstatStates: Set<Substring> = [
    "ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYN_RCVD", "SYN_RECEIVED", "FIN_WAIT1", "FIN_WAIT2",
    "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "LISTENING",
    "CLOSED", "CLOSE",
  ]

  /// `22:13:20.000000 IP 192.0.2.1.443 > ..`, perhaps behind a date; `1 0.000000 192.0.2.1 → ..`.
  private static func isPacketText(_ words: [Substring]) -> Bool {
    let isClocked = words.prefix(2).contains { word in
      word.count >= 12 && word.split(separator: ":").count == 3 && word.contains(".")
    }
    if isClocked, words.prefix(4).contains(where: { $0 == "IP" || $0 == "IP6" || $0 == "ARP," }) {
      return true
    }
    return words.count > 4 && Int(words[0]) != nil && Double(words[1]) != nil
      && (words[3] == "→" || words[3] == "->")
  }

  /// `0000  45 00 00 3c ..`, `00000000: 4500 003c ..`, `0x0000:  4500 003c ..`
  private static func isHexDump(_ words: [Substring]) -> Bool {
    guard let first = words.first, words.count > 4 else { return false }
    var offset = first.hasSuffix(":") ? first.dropLast() : first
    if offset.hasPrefix("0x") { offset = offset.dropFirst(2) }
    guard (4...8).contains(offset.count), offset.allSatisfy(\.isHexDigit) else { return false }
    return words[1...4].allSatisfy {
      ($0.count == 2 || $0.count == 4) && $0.allSatisfy(\.isHexDigit)
    }
  }
}
