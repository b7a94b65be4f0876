import ArgumentParser
import Glibc
import Lessons
import Rendering
import Support
import TCPModel
import Timeline

/// `tcptimeline explain`: lessons, from examples that take the way of a capture.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Draw and explain what TCP does, step by step.",
    usage: "tcptimeline explain [LESSON] [-o FILE] [options]",
    discussion: """
      EXAMPLES:
        tcptimeline explain                            how a connection opens and closes
        tcptimeline explain -o lifecycle.svg           the textbook's two figures
        tcptimeline explain handshake -o open.svg      the first of them, close the second
        tcptimeline explain --list                     what else there is
        tcptimeline explain time-wait -o time-wait.svg
        tcptimeline explain zero-window --lang ko -o zero-window.html
        tcptimeline explain time-wait --animate -o time-wait.svg
        tcptimeline explain time-wait --step 3 -o slide3.svg
        tcptimeline explain time-wait --quiz -o quiz.md
        tcptimeline explain handshake --hide head,words --name client=Alice -o bare.svg
        tcptimeline explain --script own.txt -o own.svg
        tcptimeline explain a.pcap --connection 3 -o 3.svg
      """)

  @Argument(
    help: ArgumentHelp(
      "The name of a lesson (see --list), or a capture.", valueName: "lesson"),
    completion: .list(LessonShelf.names))
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "A lesson of one's own: segments a line, and what is said of them.", valueName: "file"),
    completion: .file())
  var script: String?

  @Option(
    name: .customLong("connection"),
    help: ArgumentHelp("This connection of a capture.", valueName: "id"))
  var connection: Int?

  @Flag(help: "Name the lessons.")
  var list = false

  @OptionGroup var output: OutputArguments<OfLessons>

  @Flag(help: "Have the picture play, row by row (svg, md, html).")
  var animate = false

  @Option(help: ArgumentHelp("Draw up to this step only (svg).", valueName: "n"))
  var step: Int?

  @Flag(help: "Ask questions on it, with the answers to unfold (md).")
  var quiz = false

  @Option(
    help: ArgumentHelp(
      "Leave out of pictures: head, words, foot, options, isn, states, times, phases; several with"
        + " commas.", valueName: "parts"),
    completion: .list(DiagramOptions.Part.allCases.map(\.rawValue)))
  var hide: HiddenParts?

  @Option(
    name: .customLong("name"),
    help: ArgumentHelp("Call an end by a name; repeatable.", valueName: "client|server=name"))
  var names: [SideName] = []

  @Option(help: .title)
  var title: String?

  @Flag(help: .slide)
  var slide = false

  @OptionGroup var pictures: PictureArguments

  private var language: Language {
    let isText = list || (try? chosenFormat())?.isTextToRead == true
    return pictures.language.chosen(
      isScreen: isText && output.path == nil && isatty(STDOUT_FILENO) == 1)
  }

  func validate() throws {
    if list, subject != nil || script != nil { throw ValidationError("--list takes no lesson") }
    if script != nil, subject != nil {
      throw ValidationError("--script brings the lesson; leave the name out")
    }
    if let step, step < 1 { throw ValidationError("--step takes a number from 1") }
    if animate, step != nil || quiz {
      throw ValidationError("--animate plays the whole lesson; leave --step and --quiz out")
    }
    if quiz, step != nil { throw ValidationError("--quiz asks about the whole; leave --step out") }
  }

  func run() throws {
    if list { return try writeList() }
    let format = try chosenFormat()
    guard let write = quiz ? format.quiz : format.lesson else {
      throw quiz
        ? format.cannot("questions are not written as", where: { $0.quiz != nil })
        : format.cannot("a lesson is not written as", where: OfLessons.takes)
    }
    var inputs = InputFiles()
    var page = try page(&inputs)
    if let title { page.retitle(title.safeToShow) }
    if let step {
      guard step <= page.steps.count else {
        throw Failure(
          .usage, "--step \(step): the lesson has \(Quantity.count(page.steps.count)) steps")
      }
      page.showing = .upTo(step: step)
    } else if animate {
      page.showing = .moving
    }
    var file = try OutputFile.open(
      path: output.path,
      sparing: ProtectedFiles(inputs.identities, paths: script.map { [$0] } ?? []))
    let settings = file.settings(
      options(page, format), try Templates.read(nil, for: format), pictures.language, format)
    try file.write(page, settings, with: write)
    try file.commitAndSay()
  }

  private func chosenFormat() throws(Failure) -> OutputFormat {
    if quiz, output.format == nil, output.path.map(OutputFile.isOpenDescriptor) ?? true {
      return .markdown
    }
    let chosen = try output.chosenFormat()
    if animate, chosen != .svg, chosen != .markdown, chosen != .html {
      throw Failure(
        .usage, "--animate moves pictures, and \(chosen.name) has none; use -o FILE.svg")
    }
    if step != nil, chosen != .svg {
      throw Failure(.usage, "--step makes an SVG picture, not \(chosen.name); use -o FILE.svg")
    }
    return chosen
  }

  /// - Parameter inputs: Gets what is read.
  private func page(_ inputs: inout InputFiles) throws(Failure) -> LessonPage {
    if let script {
      guard connection == nil else { throw Self.connectionNeedsCapture }
      let lesson = try read(script)
      return try LessonPipeline.page(
        of: lesson, named: RawPath.shown(script), language: language)
    }
    let name = subject ?? LessonShelf.first
    if let lesson = try builtIn(name) {
      guard connection == nil else { throw Self.connectionNeedsCapture }
      var page = try LessonPipeline.page(of: lesson, named: name, language: language)
      if Self.textbook[name] == [.closing] { page.crop = .teardown }
      if let chapters = Self.textbook[name], !quiz { return page.asTextbook(chapters) }
      return page
    }
    guard name == "-" || FileIdentity.Status(path: name) != nil else {
      let near = Spelling.nearest(to: name, among: LessonShelf.names)
      throw Failure(
        .usage,
        "no lesson and no file is called \(RawPath.shown(name));"
          + (near.map { " did you mean \($0)? The" } ?? " the")
          + " lessons are \(LessonShelf.names.joined(separator: ", "))")
    }
    inputs = try InputFiles.sort([name], snapshots: [], isReadTwice: true)
    guard !inputs.captures.isEmpty else {
      throw Failure(
        .badInput, "\(RawPath.shown(name)): holds no connections; name a capture or a lesson")
    }
    let choice = try SelectionOptions.of(connection.map { ["--connection", String($0)] } ?? [])
    var options = DiagramOptions()
    options.language = language
    return try LessonPipeline.page(of: inputs, choice, options)
  }

  /// The lessons that are drawn as the textbooks do, and what they tell of a lifecycle.
  private static let textbook: [String: Set<Explanation.Chapter>] = [
    "open-close": [.opening, .closing], "handshake": [.opening], "close": [.closing],
  ]

  private func builtIn(_ name: String) throws(Failure) -> Lesson? {
    do throws(ScriptError) {
      return try LessonShelf.lesson(named: name)
    } catch {
      throw Failure(.badInput, "\(name): \(error.message) (line \(error.line))")
    }
  }

  private static let connectionNeedsCapture = Failure(
    .usage, "--connection chooses from a capture; a lesson has its own")

  /// A script is what somebody wrote by hand.
  private func read(_ path: String) throws(Failure) -> Lesson {
    let name = RawPath.shown(path)
    let bytes = try TextFile.read(path, limit: Self.largestScript)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.badInput, "\(name): is no text in UTF-8")
    }
    do throws(ScriptError) {
      return try LessonReader.read(text)
    } catch {
      throw Failure(.badInput, "\(name): \(error.message) (line \(error.line))")
    }
  }

  private static let largestScript = 1 << 20

  private func options(_ page: LessonPage, _ format: OutputFormat) -> DiagramOptions {
    var options = pictures.options
    options.isSlide = slide
    options.hidden = hide?.parts ?? []
    for part in page.parts {
      for name in names {
        options.names[part.connection.summary.endpoint(name.side).address] = name.name
      }
    }
    // Beside its own words a picture is wider.
    if pictures.width == nil, page.textbook == nil, format == .svg, !options.hidden.contains(.words)
    {
      options.width = LessonLayout.usualWidth
    }
    return options
  }

  private func writeList() throws {
    var table: [(name: String, title: String)] = []
    for name in LessonShelf.names {
      if let lesson = try builtIn(name) {
        table.append((name, lesson.title(language.rawValue)))
      }
    }
    let width = table.map(\.name.count).max() ?? 0
    var file = try OutputFile.open(path: output.path)
    var bytes = ByteWriter(descriptor: file.descriptor)
    for (name, title) in table {
      bytes.text(name + String(repeating: " ", count: width - name.count + 2) + title + "\n")
    }
    try file.finish(&bytes)
    try file.commit()
  }
}

/// `client=Alice`.
struct SideName: Hashable, ExpressibleByArgument {
  var side: Side
  var name: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty,
      let side = Side.allCases.first(where: { $0.name == parts[0] })
    else { return nil }
    self.side = side
    name = String(parts[1])
  }
}
