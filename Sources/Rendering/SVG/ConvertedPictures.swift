import Support

/// Pictures for what cannot show SVG, made from it by librsvg's program where that is installed.
extension OutputFormat {
  public static let png = converted("png") { svg, isSlide in
    let height = Double(max(1, height(of: svg)))
    // A slide as a projector shows it. Cairo's surfaces end at 32,767 pixels.
    let zoom = max(0.1, min(isSlide ? max(2, 1080 / height) : 2, 32_000 / height))
    return ["--format=png", "--zoom=\(zoom)"]
  }

  public static let pdf = converted("pdf") { _, _ in ["--format=pdf"] }

  private static func converted(
    _ name: String,
    _ arguments: @escaping @Sendable (_ svg: [UInt8], _ isSlide: Bool) -> [String]
  ) -> OutputFormat {
    var format = OutputFormat(name, endings: [name])
    format.headsFindings = svg.headsFindings
    format.missing = {
      ChildProcess.find(program) == nil
        ? "\(name) is made by \(program), which is not installed; apt-get install librsvg2-bin"
          + " (librsvg2-tools elsewhere), or write .svg"
        : nil
    }
    if case .document(let hasCharts, let write) = svg.connections {
      format.connections = .document(hasCharts: hasCharts, write: converting(write, arguments))
    }
    format.chart = svg.chart.map { converting($0, arguments) }
    format.night = svg.night.map { converting($0, arguments) }
    format.lesson = svg.lesson.map { converting($0, arguments) }
    format.services = svg.services.map { converting($0, arguments) }
    return format
  }

  private static let program = "rsvg-convert"

  private static func converting<Subject>(
    _ write: @escaping DocumentWriter<Subject>,
    _ arguments: @escaping @Sendable (_ svg: [UInt8], _ isSlide: Bool) -> [String]
  ) -> DocumentWriter<Subject> {
    { subject, settings, output throws(RenderingFailure) in
      var picture = ByteWriter()
      let assets = try write(subject, settings, &picture)
      let svg = picture.takeBytes()
      guard let path = ChildProcess.find(program) else {
        throw RenderingFailure("\(program): is not installed any more")
      }
      if hasKorean(svg), !hasKoreanFont {
        throw RenderingFailure(
          "no font for Korean is installed, so \(program) would draw boxes;"
            + " apt-get install fonts-noto-cjk, or write .svg")
      }
      var process = ChildProcess(path, arguments(svg, settings.options.isSlide) + ["--unlimited"])
      // The same input gives the same bytes: a PDF says when it was made.
      process.environment = [("SOURCE_DATE_EPOCH", "0")]
      do throws(ChildProcess.Failure) {
        try process.run(input: svg) { output.append($0) }
      } catch {
        throw RenderingFailure("\(path): \(error.text)")
      }
      return assets
    }
  }

  /// A syllable of Hangul (U+AC00 to U+D7A3) in UTF-8.
  private static func hasKorean(_ svg: [UInt8]) -> Bool {
    svg.indices.dropLast().contains { index in
      (0xEA...0xED).contains(svg[index]) && svg[index + 1] & 0xC0 == 0x80
    }
  }

  /// What fontconfig lists; where it cannot be asked nothing is known against it.
  private static var hasKoreanFont: Bool {
    guard let path = ChildProcess.find("fc-list") else { return true }
    var names: [UInt8] = []
    do throws(ChildProcess.Failure) {
      try ChildProcess(path, [":lang=ko", "family"]).run { names += $0 }
    } catch {
      return true
    }
    return !names.isEmpty
  }

  /// What the picture itself says.
  private static func height(of svg: [UInt8]) -> Int {
    let head = String(decoding: svg.prefix(400), as: UTF8.self)
    guard let start = head.firstRange(of: " height=\"")?.upperBound else { return 0 }
    return Int(head[start...].prefix { $0.isNumber }) ?? 0
  }
}
