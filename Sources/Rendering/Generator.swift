/// The program's name and version, as reports and `--version` say them.
public enum Generator {
  public static let name = "tcptimeline"
  public static let version = "0.2.0"
}
