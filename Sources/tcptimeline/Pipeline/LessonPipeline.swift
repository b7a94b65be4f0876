import Lessons
import Support
import TCPModel
import Timeline

/// Lessons take the way of any capture: their segments are written as packets, read, correlated and
/// collected.
enum LessonPipeline {
  /// - Parameter name: For messages.
  static func page(
    of lesson: Lesson, named name: String, language: Language
  ) throws(Failure) -> LessonPage {
    let code = language.rawValue
    var page = LessonPage(
      title: lesson.title.isEmpty ? name : lesson.title(code), source: lesson.source(code),
      before: lesson.before(code), after: lesson.after(code), isScript: true, language: language)
    for part in lesson.parts {
      let sights = part.sights
      let (connection, header) = try connection(of: sights, named: name)
      var notes: [Int64: String] = [:]
      for step in part.steps {
        guard let frame = sights.first?.frames[step.segment] else { continue }
        notes[frame] = step.text(code)
      }
      page.add(
        LessonPage.Part(
          title: part.title(code), before: part.before(code), after: part.after(code),
          connection: connection, header: header),
        notes: notes)
    }
    return page
  }

  /// A connection of a capture, told segment by segment.
  static func page(
    of inputs: InputFiles, _ choice: SelectionOptions, _ options: DiagramOptions
  ) throws(Failure) -> LessonPage {
    let (connection, header) = try connection(of: inputs, choice)
    let texts = Texts.of(options.language)
    let name = inputs.captures.first?.name.lastPathComponent ?? "-"
    var page = LessonPage(
      title: texts(
        "told.title",
        ["id": String(connection.summary.id), "capture": TextMetrics.plain(name, limit: 60)]),
      source: "", before: Story.sentence(connection, texts), after: "", isScript: false,
      language: options.language)
    page.add(
      LessonPage.Part(title: "", before: "", after: "", connection: connection, header: header),
      notes: ConnectionNotes(connection, options).notes)
    return page
  }

  private static func connection(
    of sights: [Lesson.Part.Sight], named name: String
  ) throws(Failure) -> (Connection, ReportHeader) {
    var inputs = InputFiles()
    var files: [MemoryFile] = []
    defer { withExtendedLifetime(files) {} }
    for (index, sight) in sights.enumerated() {
      let file = try MemoryFile(named: "lesson")
      try file.write(sight.capture)
      files.append(file)
      let capture = InputCapture(
        name: name, path: file.path, identity: nil, size: Int64(sight.capture.count))
      inputs.captures.append(capture)
      if sights.count > 1 {
        inputs.points.append(
          CapturePoint(name: Side.allCases[index].name, captures: [capture]))
      }
    }
    return try connection(of: inputs, try SelectionOptions.of([]), sameClock: true)
  }

  /// The only connection of the inputs that is chosen.
  static func connection(
    of inputs: InputFiles, _ choice: SelectionOptions, sameClock: Bool = false
  ) throws(Failure) -> (Connection, ReportHeader) {
    var request = ReportSource.Request(threads: 1, choice: choice)
    request.isSameClock = sameClock
    let source = try ReportSource(inputs, nil, request)
    guard let index = source.chosen.first else {
      throw Failure(.badInput, "\(inputs.captures.first?.name ?? "-"): holds no TCP connection")
    }
    guard source.count == 1 else {
      throw Failure(
        .usage,
        "\(inputs.captures.first?.name ?? "-"): \(Quantity.count(source.count)) connections;"
          + " choose one with --connection ID")
    }
    let details = try source.details(of: [index], keepsSegments: true)
    return (source.connection(at: 0, of: details), source.header)
  }
}

extension SelectionOptions {
  /// As those words of a command line would be.
  static func of(_ words: [String]) throws(Failure) -> SelectionOptions {
    do {
      return try parse(words)
    } catch {
      throw Failure(.usage, "\(words.joined(separator: " ")): \(message(for: error))")
    }
  }
}
