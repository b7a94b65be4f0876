import Support

/// The lessons that are built in: a file each in `Templates/lessons`, in English. Other languages have
/// their words among all others, in `Templates/texts.*.txt`.
public enum LessonShelf {
  private static let files: KeyValuePairs<String, [UInt8]> = [
    "open-close": PackageResources.open_close_txt,
    "handshake": PackageResources.handshake_txt,
    "close": PackageResources.close_txt,
    "half-close": PackageResources.half_close_txt,
    "simultaneous": PackageResources.simultaneous_txt,
    "reset": PackageResources.reset_txt,
    "refused": PackageResources.refused_txt,
    "unanswered": PackageResources.unanswered_txt,
    "timeout": PackageResources.timeout_txt,
    "fast-retransmit": PackageResources.fast_retransmit_txt,
    "zero-window": PackageResources.zero_window_txt,
    "nagle": PackageResources.nagle_txt,
    "slow-start": PackageResources.slow_start_txt,
    "time-wait": PackageResources.time_wait_txt,
    "keep-alive": PackageResources.keep_alive_txt,
    "syn-flood": PackageResources.syn_flood_txt,
    "path-mtu": PackageResources.path_mtu_txt,
    "both-ends": PackageResources.both_ends_txt,
  ]

  /// In the order in which they are learnt.
  public static let names = files.map(\.key)

  /// What is told where nobody names a lesson.
  public static let first = "open-close"

  /// nil for a name that is not among `names`.
  public static func lesson(
    named name: String, in languages: [Language] = Language.allCases
  ) throws(ScriptError) -> Lesson? {
    guard let file = files.first(where: { $0.key == name }) else { return nil }
    var lesson = try LessonReader.read(String(decoding: file.value, as: UTF8.self))
    for language in languages where language != .en {
      let texts = Texts.of(language)
      lesson.eachText { place, text in
        text.languages[language.rawValue] = texts.entry("lessons.\(name).\(place)")
      }
    }
    return lesson
  }
}
