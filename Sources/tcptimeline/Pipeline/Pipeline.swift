import Nights
import Rendering
import Support
import TCPModel
import Timeline

/// From inputs to a report: pass 1 summarises every connection, the choice is made, pass 2 reads
/// again what the format shows of the chosen ones, and the writer takes them.
struct Pipeline {
  let format: OutputFormat
  let output: OutputOptions
  private(set) var choice: SelectionOptions
  private(set) var diagrams: DiagramArguments
  /// nil for commands that do not ask where captures were taken.
  private let paths: PathArguments?
  private let templates: Templates
  /// In whose zone times are read, and told to people.
  let clock: WallClock
  /// The inputs still grow, and another report follows: that they end in the middle is nothing to warn of.
  var isInterim = false
  /// Files that the output must not take the place of, beside the inputs.
  var spared: [FileIdentity] = []

  init(
    format: OutputFormat, _ arguments: ReportArguments, paths: PathArguments? = nil
  ) throws(Failure) {
    self.format = format
    output = arguments.output
    choice = arguments.choice
    diagrams = arguments.diagrams
    self.paths = paths
    if output.segments, !format.listsSegments {
      throw format.cannot("segments are not listed as", where: \.listsSegments)
    }
    clock = try output.common.clock()
    if output.selfContained, !format.isTemplated {
      throw format.cannot("nothing is left beside", where: \.isTemplated)
    }
    templates = try Templates.read(output.templates, for: format)
  }

  /// Whether somebody knows that the clocks of all capture points agree.
  var isSameClock: Bool { paths?.sameClock ?? false }

  /// Writes the report and gives what was found.
  ///
  /// - Parameter copy: Holds what has come of standard input, where somebody reads that already.
  mutating func run(
    _ arguments: [String], snapshots: [String], standardInput copy: String? = nil
  ) throws(Failure) -> [Finding] {
    let keepsInput = diagrams.naming.anonymize && Anonymization.readsInput
    var inputs = try InputFiles.sort(
      arguments, snapshots: snapshots, standardInput: copy,
      // Several captures may turn out to show the same from several points.
      isReadTwice: format.isReadTwice || keepsInput || arguments.count > 1
        || format.connections?.need == .listsOfOne && !choice.given.isEmpty)
    try inputs.add(points: paths?.named ?? [])
    inputs.take(only: choice.filter)
    return try run(inputs)
  }

  /// Writes the report on inputs that were found, and gives what was found in them.
  mutating func run(_ inputs: InputFiles) throws(Failure) -> [Finding] {
    if inputs.captures.isEmpty, diagrams.chart != nil {
      throw Failure(.usage, "--chart draws connections of a capture; these inputs are snapshots")
    }
    try output.failOn.check(
      among: inputs.captures.isEmpty ? FindingKind.ofNights : FindingKind.ofCaptures)
    let pseudonyms = diagrams.naming.anonymize ? try Anonymization.pseudonyms(for: [inputs]) : nil
    if let pseudonyms {
      choice.rename(by: pseudonyms)
      diagrams.naming.rename(by: pseudonyms)
    }
    if inputs.captures.isEmpty, !format.listsSockets {
      return try reportNight(inputs, pseudonyms)
    }
    guard let connections = format.connections else {
      throw format.cannot("connections are not written as", where: { $0.connections != nil })
    }
    var file = try openOutput(inputs)
    let source = try ReportSource(inputs, pseudonyms, request)
    if !isInterim { source.warn(unlessShownBy: format) }
    if let by = choice.by, let services = source.header.services, !format.listsServices {
      guard let write = format.services else {
        throw format.cannot(
          "services are not written as", where: { $0.services != nil || $0.listsServices })
      }
      try file.write(
        ServiceReport(source.header, by: by, services), settings(for: file), with: write)
      try file.commit()
      return source.header.findings
    }
    switch connections {
    case .each(let need, let make):
      let settings = settings(for: file, isDetailed: source.count <= output.maxDetail)
      let isCut = settings.style.width != nil && choice.limit == nil
      try source.write(
        need, output, make(settings), most: isCut ? format.rowsOnTerminal : nil,
        isReadAgain: readsPageAgain(inputs), to: file)
    case .document(let hasCharts, let write):
      let request = DocumentRequest(
        diagrams: diagrams, hasCharts: hasCharts, isByNumber: !choice.connections.isEmpty,
        listsEveryConnection: format.listsEveryConnection)
      let document = try source.document(request)
      try check(document)
      let report = DocumentReport(document, options: drawing)
      if let chart = diagrams.chart, let writeChart = format.chart {
        let chart = ChartRequest(chart, of: report, isChoice: request.isByNumber)
        try file.write(chart, settings(for: file), with: writeChart)
      } else {
        try file.write(report, settings(for: file), with: write)
      }
    }
    if isInterim { try file.commit() } else { try file.commitAndSay() }
    return source.header.findings
  }

  /// - Throws: Where `--crop` leaves nothing to draw.
  private func check(_ document: ReportDocument) throws(Failure) {
    guard let crop = diagrams.crop, let first = document.details.first,
      !document.details.contains(where: { $0.has(crop) })
    else { return }
    let summary = first.summary
    let (part, there) =
      switch crop {
      case .handshake: ("handshake", "no handshake was captured")
      case .teardown: ("teardown", "no FIN or RST was captured")
      case .frames(let frames):
        (
          "\(frames.lowerBound)-\(frames.upperBound)",
          "it has the frames \(summary.firstFrame) to \(summary.lastFrame)"
        )
      }
    let whose =
      document.details.count == 1
      ? "connection \(summary.id)" : "\(document.details.count) connections, the first of them"
    throw Failure(.found, "--crop \(part): nothing of \(whose) to draw; \(there)")
  }

  /// Snapshots without a capture tell no connections, but all that a night's report does.
  private func reportNight(
    _ inputs: InputFiles, _ pseudonyms: AddressPseudonyms?
  ) throws(Failure) -> [Finding] {
    guard format.night != nil else {
      throw Failure(
        .usage,
        "only snapshots, which hold no connections to write as \(format.name); add a capture,"
          + " or choose \(OutputFormat.names { $0.night != nil })")
    }
    var outputs = try NightOutputs(
      path: output.path, prometheus: nil, format: format,
      sparing: ProtectedFiles(inputs.identities, paths: templates.files))
    let hosts = try InputFiles.hosts(
      of: inputs.snapshots, from: nil, threads: output.threads)
    let nights = try HostNights.read(
      hosts, NightOptions(clock: format.clock(clock)), threads: output.threads,
      pseudonyms)
    try outputs.write(nights, drawing, templates, diagrams.pictures.language)
    return nights.findings
  }

  /// Whether the page about a single connection shows its segments: where it was asked for, and where
  /// to read the capture again takes no one's time. A pipe is not kept for it alone.
  private func readsPageAgain(_ inputs: InputFiles) -> Bool {
    !choice.given.isEmpty || inputs.areSmall && inputs.captures.allSatisfy { $0.path != "-" }
  }

  /// Sockets name processes.
  private func openOutput(_ inputs: InputFiles) throws(Failure) -> OutputFile {
    try OutputFile.open(
      path: output.path,
      sparing: ProtectedFiles(inputs.identities + spared, paths: templates.files),
      mode: inputs.snapshots.isEmpty ? OutputFile.publicMode : OutputFile.privateMode)
  }

  private var drawing: DiagramOptions {
    var options = diagrams.options
    options.clock = clock
    return options
  }

  private func settings(
    for file: borrowing OutputFile, isDetailed: Bool = true
  ) -> ReportSettings {
    var settings = file.settings(drawing, templates, diagrams.pictures.language, format)
    settings.isDetailed = isDetailed
    if output.selfContained {
      settings.assetFolder = nil
      settings.characterLimit = Self.issueLimit
    }
    return settings
  }

  /// What GitHub takes for the text of an issue or a comment.
  private static let issueLimit = 65_536
}

extension OutputFormat {
  /// Whether it shows what only a second pass over the capture finds.
  fileprivate var isReadTwice: Bool { connections?.need.isReadTwice ?? false }
}

extension OutputFile {
  /// What the writers of a report into this file may want to know.
  func settings(
    _ options: DiagramOptions, _ templates: Templates, _ language: ChosenLanguage,
    _ format: OutputFormat
  ) -> ReportSettings {
    var settings = ReportSettings(templates: templates)
    settings.options = options
    settings.style = Terminal.style(of: descriptor)
    settings.options.language = language.chosen(
      isScreen: format.isTextToRead && settings.style.isTerminal)
    settings.assetFolder = assetFolderName
    return settings
  }

  /// Writes a whole document, and the files beside it.
  mutating func write<Subject>(
    _ subject: Subject, _ settings: ReportSettings, with write: DocumentWriter<Subject>
  ) throws(Failure) {
    var bytes = ByteWriter(descriptor: descriptor)
    let assets: [ReportAsset]
    do throws(RenderingFailure) {
      assets = try write(subject, settings, &bytes)
    } catch {
      throw Failure(error)
    }
    guard !bytes.isUntouched else {
      throw Failure(.inputOutput, "\(name): the report came out empty")
    }
    try stage(assets)
    try finish(&bytes)
  }
}

extension Failure {
  init(_ failure: RenderingFailure) {
    if let file = failure.file {
      self.init(.badInput, "\(file): \(failure.message)")
    } else {
      self.init(.inputOutput, failure.message)
    }
  }
}
