import Timeline

extension OutputFormat {
  /// A format of which other tools draw sequence diagrams.
  static func sequenceText(
    _ name: String, endings: [String],
    connections: @escaping @Sendable (DocumentReport) -> [UInt8],
    lesson: @escaping @Sendable (LessonDocument) -> [UInt8]
  ) -> OutputFormat {
    var format = OutputFormat(name, endings: endings)
    format.connections = .document(hasCharts: false) {
      report, _, output throws(RenderingFailure) in
      output.append(connections(report))
      return []
    }
    format.lesson = { page, settings, output throws(RenderingFailure) in
      output.append(lesson(LessonDocument(page, options: settings.options)))
      return []
    }
    return format
  }
}
