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

  @OptionGroup var pictures: PictureArguments

  @Option(help: .title)
  var title: String?

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
      "Leave out of diagrams: options, isn, states, times, phases, head, foot; several with commas.",
      valueName: "parts"),
    completion: .list(DiagramOptions.Part.allCases.filter { $0 != .words }.map(\.rawValue)))
  var hide: HiddenParts?

  @Flag(help: .slide)
  var slide = false

  @Option(
    help: ArgumentHelp(
      "Draw this chart instead (svg).", valueName: "name"))
  var chart: Chart?

  @Flag(help: "Draw every segment: no folding of plain data, no limit on rows.")
  var expand = false

  @Option(help: ArgumentHelp("Diagrams of at most n connections.", valueName: "n"))
  var maxDiagrams = 8

  @OptionGroup var naming: NamingArguments

  func validate() throws {
    if maxRows < 1 { throw ValidationError("--max-rows takes a number from 1") }
    if hide?.parts.contains(.words) == true {
      throw ValidationError("--hide words is for lessons; see tcptimeline explain --help")
    }
    if maxDiagrams < 0 { throw ValidationError("--max-diagrams takes a number from 0") }
  }

  var options: DiagramOptions {
    var options = pictures.options
    options.scale = scale
    options.colouring = colorBy
    options.maxRows = maxRows
    options.isExpanded = expand
    options.showsFrames = frames
    options.crop = crop
    options.hidden = hide?.parts ?? []
    options.isSlide = slide
    options.title = title?.safeToShow
    options.names = naming.namesByAddress
    return options
  }
}

extension Chart: ExpressibleByArgument {}
extension DiagramOptions.Colouring: ExpressibleByArgument {}
extension DiagramOptions.Scale: ExpressibleByArgument {}

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
