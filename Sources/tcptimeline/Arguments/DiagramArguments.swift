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
      "What the bars of an overview tell by colour: the phases, or what limited each connection.",
      valueName: "name"))
  var colorBy = DiagramOptions.Colouring.phase

  @Option(
    help: ArgumentHelp(
      "Colours; auto follows the reader's light or dark scheme, css an element of the class dark.",
      valueName: "name"))
  var theme = DiagramOptions.Theme.auto

  @Flag(help: "Leave the background of pictures to the page that shows them.")
  var transparent = false

  @Option(help: ArgumentHelp("Width of pictures, 640 to 2400.", valueName: "pixels"))
  var width = DiagramOptions().width

  @Option(help: ArgumentHelp("Rows of a diagram before the rest is summed up.", valueName: "n"))
  var maxRows = DiagramOptions().maxRows

  @Flag(help: "Show frame numbers beside the times of a diagram.")
  var frames = false

  @Option(
    help: ArgumentHelp(
      "Draw only this part: handshake, teardown, or frames (8-20).", valueName: "part"),
    completion: .list(["handshake", "teardown"]))
  var crop: DiagramOptions.Crop?

  @Option(
    help: ArgumentHelp(
      "Leave out of diagrams: options, isn, states; several with commas.", valueName: "parts"),
    completion: .list(DiagramOptions.Part.allCases.map(\.rawValue)))
  var hide: HiddenParts?

  @Flag(help: "A picture for a slide: 16:9, with as many rows as it holds (svg, png, pdf).")
  var slide = false

  @Option(
    help: ArgumentHelp(
      "Draw this chart instead (svg).", valueName: "name"))
  var chart: Chart?

  @Flag(help: "Draw every segment: no folding of plain data, no limit on rows.")
  var expand = false

  @Option(help: ArgumentHelp("Diagrams of at most n connections.", valueName: "n"))
  var maxDiagrams = 8

  @OptionGroup var languageArguments: LanguageArguments

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
    options.colouring = colorBy
    options.theme = theme
    options.isTransparent = transparent
    options.width = width
    options.maxRows = maxRows
    options.isExpanded = expand
    options.showsFrames = frames
    options.crop = crop
    options.hidden = hide?.parts ?? []
    options.isSlide = slide
    options.language = languageArguments.inFiles
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
extension DiagramOptions.Colouring: ExpressibleByArgument {}
extension DiagramOptions.Scale: ExpressibleByArgument {}
extension DiagramOptions.Theme: ExpressibleByArgument {}

extension DiagramOptions.Crop: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "handshake": self = .handshake
    case "teardown": self = .teardown
    default:
      guard let range = IDRange(argument) else { return nil }
      self = .frames(Int64(range.ids.lowerBound)...Int64(range.ids.upperBound))
    }
  }
}

/// `options,isn`.
struct HiddenParts: ExpressibleByArgument {
  var parts: Set<DiagramOptions.Part> = []

  init?(argument: String) {
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let part = DiagramOptions.Part(rawValue: String(name)) else { return nil }
      parts.insert(part)
    }
  }
}
