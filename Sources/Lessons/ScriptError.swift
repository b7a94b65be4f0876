/// What is wrong with a script, and where.
public struct ScriptError: Error, Hashable {
  /// From 1.
  public var line: Int
  public var message: String

  public init(line: Int, _ message: String) {
    self.line = line
    self.message = message
  }
}
