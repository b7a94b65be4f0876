import ArgumentParser
import Support
import TCPModel
import Timeline

/// How diagrams are drawn.
struct DiagramArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("How the vertical distance follows time.", valueName: "name"))
  var scale = DiagramOptions.Scale.hybrid

  @Option(
    help: ArgumentHelp(
      "Colours; auto follows the reader's light or dark scheme.", valueName: "name"))
  var theme = DiagramOptions.Theme.auto

  @Flag(help: "Leave the background of pictures to the page that shows them.")
  var transparent = false

  @Option(help: ArgumentHelp("Width of pictures, 640 to 2400.", valueName: "pixels"))
  var width = DiagramOptions().width

  @Option(help: ArgumentHelp("Rows of a diagram before the rest is summed up.", valueName: "n"))
  var maxRows = DiagramOptions().maxRows

  @Option(
    help: ArgumentHelp(
      "Draw this chart instead (svg).", valueName: "name"))
  var chart: Chart?

  @Flag(help: "Draw every segment: no folding of plain data, no limit on rows.")
  var expand = false

  @Option(help: ArgumentHelp("Diagrams of at most n connections.", valueName: "n"))
  var maxDiagrams = 8

  @Option(help: ArgumentHelp("The language of diagrams.", valueName: "en|ko"))
  var lang = Language.en

  @Option(
    name: .customLong("name"),
    help: ArgumentHelp("Call an address by a name.", valueName: "addr=name"))
  var names: [AddressName] = []

  @Flag(
    help: ArgumentHelp(
      "Show other addresses in place of the real ones, everywhere in the output; who shares a"
        + " network still does. The key is TCPTIMELINE_KEY from the environment, else the capture"
        + " itself."))
  var anonymize = false

  func validate() throws {
    try Self.validate(width: width)
    if maxRows < 1 { throw ValidationError("--max-rows takes a number from 1") }
    if maxDiagrams < 0 { throw ValidationError("--max-diagrams takes a number from 0") }
  }

  static func validate(width: Int) throws {
    let widths = DiagramOptions.widths
    if !widths.contains(width) {
      throw ValidationError(
        "--width takes a number of pixels from \(widths.lowerBound) to \(widths.upperBound)")
    }
  }

  var namesByAddress: [IPAddress: String] {
    names.reduce(into: [:]) { $0[$1.address] = $1.name }
  }

  var options: DiagramOptions {
    var options = DiagramOptions()
    options.scale = scale
    options.theme = theme
    options.isTransparent = transparent
    options.width = width
    options.maxRows = maxRows
    options.isExpanded = expand
    options.language = lang
    options.names = namesByAddress
    return options
  }
}

/// `192.0.2.1=web`.
struct AddressName: Hashable, ExpressibleByArgument {
  var address: IPAddress
  var name: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="),
      let address = IPAddress(String(argument[..<sign])), sign < argument.indices.last ?? sign
    else { return nil }
    self.address = address
    name = String(argument[argument.index(after: sign)...])
  }
}

extension Chart: ExpressibleByArgument {}
extension DiagramOptions.Scale: ExpressibleByArgument {}
extension DiagramOptions.Theme: ExpressibleByArgument {}
extension Language: ExpressibleByArgument {}
