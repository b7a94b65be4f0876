import ArgumentParser
import Support
import Timeline

/// What all commands take that draw connections.
struct PictureArguments: ParsableArguments {
  @Option(help: .theme)
  var theme = DiagramOptions.Theme.auto

  @Flag(help: "Leave the background of pictures to the page that shows them.")
  var transparent = false

  @Option(
    help: ArgumentHelp(
      "Width of pictures, 640 to 2400. (default: \(DiagramOptions().width), of lessons"
        + " \(LessonLayout.usualWidth))",
      valueName: "pixels"))
  var width: Int?

  @Option(help: .language)
  var lang: Language?

  func validate() throws {
    let widths = DiagramOptions.widths
    if let width, !widths.contains(width) {
      throw ValidationError(
        "--width takes a number of pixels from \(widths.lowerBound) to \(widths.upperBound)")
    }
  }

  var language: ChosenLanguage { ChosenLanguage(lang: lang) }

  var options: DiagramOptions {
    var options = DiagramOptions()
    options.theme = theme
    options.isTransparent = transparent
    options.language = language.inFiles
    if let width { options.width = width }
    return options
  }
}

extension DiagramOptions.Theme: ExpressibleByArgument {}
