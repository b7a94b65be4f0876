import Glibc
import Rendering

/// What the terminal wants to be written to it.
enum Terminal {
  /// Plain text of any width for files and pipes; for a terminal its width, and colours unless
  /// `NO_COLOR` is set (no-color.org) or the terminal is a dumb one.
  static func style(of descriptor: Int32) -> TextStyle {
    guard isatty(descriptor) == 1 else { return .plain }
    let isColoured = variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
    return TextStyle(width: width(of: descriptor), isColoured: isColoured)
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
