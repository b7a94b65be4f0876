import Support

extension Language {
  public static let ko = Language(rawValue: "ko") ?? .en
}
