import ArgumentParser
import Support

/// In which language people read what is written.
struct ChosenLanguage {
  /// What `--lang` says.
  var lang: Language?

  /// A file says the same whoever has it written.
  var inFiles: Language { lang ?? .en }

  /// - Parameter isScreen: Text for the person who called.
  func chosen(isScreen: Bool) -> Language { lang ?? (isScreen ? Terminal.language : .en) }
}

extension Language: ExpressibleByArgument {
  public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}

extension ArgumentHelp {
  static var language: ArgumentHelp {
    ArgumentHelp(
      "The language of what people read; else English, and on a terminal that of LC_ALL, LC_MESSAGES or"
        + " LANG.", valueName: Language.allValueStrings.joined(separator: "|"))
  }
}
