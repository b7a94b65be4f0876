extension String {
  /// With zeros before it, up to so many characters.
  public func zeroPadded(to count: Int) -> String {
    String(repeating: "0", count: max(0, count - utf8.count)) + self
  }

  /// Of a path, what stands behind its last slash; slashes at its end do not count.
  public var lastPathComponent: String {
    split(separator: "/").last.map(String.init) ?? self
  }
}
