import Rendering
import TCPModel
import Timeline

/// Where the report on a night goes, and the figures beside it. Both are whole or untouched.
struct NightOutputs: ~Copyable {
  private let path: String?
  private let format: OutputFormat
  private let protected: ProtectedFiles
  /// nil while its name waits for the night's date.
  private var report: OutputFile?
  private var figures: OutputFile?

  /// - Parameter path: May hold the night's date.
  init(
    path: String?, prometheus: String?, format: OutputFormat, sparing protected: ProtectedFiles
  ) throws(Failure) {
    self.path = path
    self.format = format
    self.protected = protected.with(paths: prometheus.map { [$0] } ?? [])
    if let prometheus {
      figures = try OutputFile.open(
        path: prometheus, sparing: protected, mode: OutputFile.privateMode)
    }
    if path.map(DatedPath.isDated) != true {
      report = try OutputFile.open(
        path: path, sparing: self.protected, mode: OutputFile.privateMode)
    }
  }

  mutating func write(
    _ nights: HostNights, _ options: DiagramOptions, _ templates: Templates,
    _ language: ChosenLanguage
  ) throws(Failure) {
    if report == nil, let path {
      guard let end = nights.end else {
        throw Failure(.badInput, "\(path): there is no night whose date it could have")
      }
      report = try OutputFile.open(
        path: DatedPath.path(path, at: end), sparing: protected, mode: OutputFile.privateMode)
    }
    if var file = report.take() {
      switch nights {
      case .host(_, let night):
        guard let write = format.night else { throw cannot(nil) }
        try file.write(night, file.settings(options, templates, language, format), with: write)
      case .fleet(let fleet):
        guard let write = format.fleet else { throw cannot(fleet.hosts.count) }
        try file.write(fleet, file.settings(options, templates, language, format), with: write)
      }
      try file.commitAndSay()
    }
    if var file = figures.take() {
      var bytes = ByteWriter(descriptor: file.descriptor)
      switch nights {
      case .host(let host, let night):
        PrometheusText(host: host?.name, night).write(to: &bytes)
      case .fleet(let fleet): PrometheusText(fleet).write(to: &bytes)
      }
      try file.finish(&bytes)
      try file.commit()
    }
  }

  private func cannot(_ hosts: Int?) -> Failure {
    format.cannot(
      hosts.map { "the nights of \($0) hosts are not written as" } ?? "a night is not written as",
      where: { hosts == nil ? $0.night != nil : $0.fleet != nil })
  }
}
