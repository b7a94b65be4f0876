import Glibc
import History
import Rendering
import TCPModel
import Timeline

extension FuzzTarget {
  func renderTemplate(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    place(bytes, at: "\(scratchFolder)/report.md.mustache")
    let templates: Templates
    do throws(RenderingFailure) {
      templates = try Templates(folder: scratchFolder)
    } catch {
      return refused(error.message)
    }
    let document = ReportDocument(
      header: ReportHeader(captures: [], summary: TraceSummary()), aggregate: OverviewAggregate())
    let report = DocumentReport(document, options: DiagramOptions())
    // A template may be refused when it is rendered, too.
    do throws(RenderingFailure) {
      return try report.markdown(templates, assetFolder: nil).text.isEmpty ? .empty : .read
    } catch {
      return refused(error.message)
    }
  }

  private func refused(_ message: String) -> Outcome {
    guard !message.isEmpty else { fault("a refusal without a word") }
    return .refused
  }

  /// A history of anybody's bytes is refused, or serves as it is; a night is then kept in it.
  func openHistory(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    let path = "\(scratchFolder)/history"
    for file in NightHistory.files(path) { unlink(file) }
    place(bytes, at: path)
    do throws(HistoryError) {
      let history = try NightHistory(path: path)
      let night = HostNight(FuzzTarget.smallNight)
      let comparison = try history.comparison(for: night)
      try history.record([night])
      return comparison == nil ? .empty : .read
    } catch {
      return refused(error.message)
    }
  }

  /// A history to begin with, of two nights.
  public static func makeHistory(at path: String) -> Bool {
    do throws(HistoryError) {
      let history = try NightHistory(path: path)
      var night = smallNight
      for index in night.instants.indices {
        night.instants[index].time = night.instants[index].time.advanced(by: -86_400_000_000_000)
      }
      for index in night.snapshots.indices {
        if let time = night.snapshots[index].info.time {
          night.snapshots[index].info.time = time.advanced(by: -86_400_000_000_000)
        }
      }
      try history.record([HostNight(night)])
      return true
    } catch {
      return false
    }
  }

  private static let smallNight: NightReport = {
    let row = """
      LISTEN 0 5 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=7,fd=3))
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000 users:(("sshd",pid=8,fd=4))
      CLOSE-WAIT 1 0 192.0.2.1:80 198.51.100.7:50001 users:(("web",pid=9,fd=5))

      """
    let parts = Parts(Parts.joined(Array(repeating: Array(row.utf8), count: 3)))
    guard let night = try? FuzzTarget.night.night(of: parts) else { fault("no night") }
    return night
  }()
}

private func place(_ bytes: UnsafeRawBufferPointer, at path: String) {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard file >= 0, write(file, bytes.baseAddress, bytes.count) == bytes.count else {
    fault("\(path) cannot be written")
  }
  close(file)
}

/// Of this process, for files that need a name.
private let scratchFolder: String = {
  var template = Array("\(InputFile.folder)/fuzz.XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { fault("no temporary folder can be made") }
  atexit { FuzzTarget.removeScratch() }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}()

extension FuzzTarget {
  fileprivate static func removeScratch() {
    for file in NightHistory.files("\(scratchFolder)/history")
      + ["\(scratchFolder)/report.md.mustache"]
    { unlink(file) }
    rmdir(scratchFolder)
  }
}
