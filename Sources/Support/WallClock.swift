import Glibc
import TCPModel

/// In which zone people read times. Data is always UTC.
public enum WallClock: Sendable, Hashable {
  case utc
  /// That of the C library, which `TZ` and the system's settings decide.
  case system

  /// `utc`, `local`, an offset (`+09:00`), or a zone of the system's database (`Asia/Seoul`).
  ///
  /// Any but the first two are told to the C library, by `TZ`, for the whole process: call it once,
  /// before there are threads.
  ///
  /// - Returns: nil where no zone has that name.
  public static func choose(_ name: String) -> WallClock? {
    switch name.lowercased() {
    case "utc", "z": return .utc
    case "local": break
    default:
      guard let rule = offsetRule(name) ?? (isZone(name) ? ":" + name : nil) else { return nil }
      setenv("TZ", rule, 1)
    }
    tzset()
    return .system
  }

  /// Seconds east of UTC.
  public func offset(at time: Timestamp) -> Int {
    if self == .utc { return 0 }
    var seconds = Int(time.nanoseconds.flooredQuotient(by: 1_000_000_000))
    var broken = tm()
    return localtime_r(&seconds, &broken) == nil ? 0 : Int(broken.tm_gmtoff)
  }

  /// What the clock shows, as if that were UTC.
  public func shown(_ time: Timestamp) -> Timestamp {
    self == .utc ? time : time.advanced(by: Nanoseconds(offset(at: time)) * 1_000_000_000)
  }

  /// `2023-11-14 22:13:20.004 UTC`, `2023-11-15 07:13:20.004 +09:00`.
  public func instant(_ time: Timestamp, decimals: Int = 0) -> String {
    shown(time).dateAndTime(decimals: decimals) + " " + zone(at: time)
  }

  /// `2023-11-14 22:13:20 to 2023-11-14 22:20:00 UTC`: the zone once, where it stays the same.
  public func span(_ start: Timestamp, _ end: Timestamp, decimals: Int = 0) -> String {
    let ends = ends(start, end, decimals: decimals)
    return "\(ends.first) to \(ends.last)"
  }

  /// Both ends of a span, the first with its zone only where it is another one.
  public func ends(
    _ start: Timestamp, _ end: Timestamp, decimals: Int = 0
  ) -> (first: String, last: String) {
    let isOneZone = zone(at: start) == zone(at: end)
    let first =
      isOneZone ? shown(start).dateAndTime(decimals: decimals) : instant(start, decimals: decimals)
    return (first, instant(end, decimals: decimals))
  }

  /// In what the times between two instants are told: `UTC`, `+01:00 and +02:00`.
  public func zones(
    _ start: Timestamp?, _ end: Timestamp?, _ texts: Texts = Texts.of(.en)
  ) -> String {
    guard let start, let end else { return zone(at: Timestamp(nanoseconds: 0)) }
    let (first, last) = (zone(at: start), zone(at: end))
    return first == last ? first : texts("list.and", ["before": first, "after": last])
  }

  /// `UTC`, or how far east of it.
  public func zone(at time: Timestamp) -> String {
    if self == .utc { return "UTC" }
    let minutes = Int64(offset(at: time) / 60)
    let (hours, rest) = abs(minutes).quotientAndRemainder(dividingBy: 60)
    return (minutes < 0 ? "-" : "+") + Quantity.twoDigits(hours) + ":" + Quantity.twoDigits(rest)
  }

  /// `+09:00` as POSIX says it, where east is negative.
  private static func offsetRule(_ text: String) -> String? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2,
      parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hours = parts.first.flatMap({ Int($0) }), hours <= 14,
      let minutes = parts.count == 2 ? Int(parts[1]) : 0, minutes < 60
    else { return nil }
    let digits = parts.count == 2 ? parts : parts + ["00"]
    return "<\(sign)\(digits.joined())>\(sign == "+" ? "-" : "+")\(digits.joined(separator: ":"))"
  }

  private static func isZone(_ name: String) -> Bool {
    guard !name.isEmpty, !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      return false
    }
    let folder = getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo"
    guard let file = fopen("\(folder)/\(name)", "re") else { return false }
    defer { fclose(file) }
    // RFC 8536, 3.1: what a file of the database begins with.
    var magic = [UInt8](repeating: 0, count: 4)
    return fread(&magic, 1, 4, file) == 4 && magic == Array("TZif".utf8)
  }
}

extension Int64 {
  /// Rounded towards earlier times, also before 1970.
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
