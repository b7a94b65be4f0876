import Glibc
import Rendering
import Support

/// What the terminal wants to be written to it.
enum Terminal {
  /// Plain text of any width for files and pipes; for a terminal its width, and colours unless
  /// `NO_COLOR` is set (no-color.org) or the terminal is a dumb one.
  static func style(of descriptor: Int32) -> TextStyle {
    guard isatty(descriptor) == 1 else { return .plain }
    let isColoured = variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
    return TextStyle(width: width(of: descriptor), isColoured: isColoured)
  }

  /// That of the locale, where it writes UTF-8 in a language that there are texts of.
  static var language: Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].map(variable).first { !$0.isEmpty } ?? ""
    let parts = locale.split(separator: "@")[...].first?.split(separator: ".") ?? []
    if parts.count > 1, !["utf-8", "utf8"].contains(parts[1].lowercased()) { return .en }
    return parts.first?.split(separator: "_").first.flatMap { Language(rawValue: String($0)) }
      ?? .en
  }

  private static func width(of descriptor: Int32) -> Int {
    if let columns = Int(variable("COLUMNS")), columns > 0 { return columns }
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return 80
  }

  private static func variable(_ name: String) -> String {
    getenv(name).map { String(cString: $0) } ?? ""
  }
}
