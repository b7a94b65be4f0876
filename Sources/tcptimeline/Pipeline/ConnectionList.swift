import Rendering
import Support
import TCPModel

/// Connection by connection.
extension ReportSource {
  func write(
    _ need: ConnectionNeed, _ options: OutputOptions, _ writer: any ReportWriter,
    to file: borrowing OutputFile
  ) throws(Failure) {
    var writer = writer
    var bytes = ByteWriter(descriptor: file.descriptor)
    writer.begin(header, to: &bytes)
    if need == .events, count <= options.maxDetail {
      let details = try details(of: chosen, keepsSegments: options.segments)
      for index in 0..<details.count where bytes.failure == nil {
        writer.write(connection(at: index, of: details), to: &bytes)
      }
    } else if options.segments {
      throw Failure(
        .usage,
        "--segments would list the segments of \(count) connections; choose at most"
          + " \(options.maxDetail), or raise --max-detail")
    } else {
      writeSummaries(&writer, withLists: need.hasLists(of: count), to: &bytes)
    }
    writer.end(to: &bytes)
    try file.finish(&bytes)
  }

  private func writeSummaries(
    _ writer: inout any ReportWriter, withLists: Bool, to bytes: inout ByteWriter
  ) {
    var rest = chosen[...]
    var connection = Connection()
    // A table's first rows decide how the others are written.
    while let index = rest.first, bytes.failure == nil {
      if writer.writesRows, correlator.parts > 1, rest.count > RowBuffer.blockLength {
        return writeRows(writer, rest, withLists: withLists, to: &bytes)
      }
      describe(index, withLists: withLists, in: &connection)
      writer.write(connection, to: &bytes)
      rest.removeFirst()
    }
  }

  /// Every thread writes the rows of its part, block by block; they come out in the order chosen.
  private func writeRows(
    _ writer: any ReportWriter, _ chosen: ArraySlice<Int>, withLists: Bool,
    to bytes: inout ByteWriter
  ) {
    let buffers = (0..<correlator.parts).map { _ in RowBuffer(writer) }
    var rest = chosen
    while !rest.isEmpty, bytes.failure == nil {
      let block = rest.prefix(RowBuffer.blockLength)
      concurrently(buffers.count) { part in
        for index in block where correlator.part(of: index) == part {
          buffers[part].write { describe(index, withLists: withLists, in: &$0) }
        }
      }
      for index in block { buffers[correlator.part(of: index)].moveRow(to: &bytes) }
      rest = rest.dropFirst(block.count)
    }
  }
}

extension ConnectionNeed {
  /// Whether phases and states are shown of so many connections.
  fileprivate func hasLists(of count: Int) -> Bool {
    switch self {
    case .summary: false
    case .listsOfOne: count == 1
    case .events: true
    }
  }
}
