import Rendering
import Support
import TCPModel
import Timeline

/// Connection by connection.
extension ReportSource {
  /// - Parameters:
  ///   - most: Only so many, the most notable ones.
  ///   - isReadAgain: Of a single connection the segments may be shown.
  func write(
    _ need: ConnectionNeed, _ options: OutputOptions, _ writer: any ReportWriter,
    most: Int? = nil, isReadAgain: Bool = false, to file: borrowing OutputFile
  ) throws(Failure) {
    var writer = writer
    var bytes = ByteWriter(descriptor: file.descriptor)
    writer.begin(header, to: &bytes)
    if need == .listsOfOne, count == 1, isReadAgain {
      let details = try details(of: chosen, keepsSegments: true)
      writer.write(connection(at: 0, of: details), to: &bytes)
    } else if need.isReadTwice, count <= options.maxDetail {
      let details = try details(
        of: chosen, keepsSegments: options.segments, keepsCharts: need == .charts)
      for index in 0..<details.count where bytes.failure == nil {
        writer.write(connection(at: index, of: details), to: &bytes)
      }
    } else if options.segments {
      throw Failure(
        .usage,
        "--segments would list the segments of \(count) connections; choose at most"
          + " \(options.maxDetail), or raise --max-detail")
    } else {
      let shown = most.map { count > $0 ? mostNotable($0) : chosen } ?? chosen
      writeSummaries(&writer, shown, withLists: need.hasLists(of: count), to: &bytes)
    }
    writer.end(to: &bytes)
    try file.finish(&bytes)
  }

  /// Indices in their order.
  private func mostNotable(_ most: Int) -> [Int] {
    var all: [Notability] = []
    all.reserveCapacity(count)
    for index in chosen {
      let glance = hasPaths ? nil : Notability(correlator.glance(at: index), id: index + 1)
      all.append(glance ?? Notability(summary(at: index)))
    }
    return Notability.mostNotable(all, count: most).map { $0 - 1 }.sorted()
  }

  private func writeSummaries(
    _ writer: inout any ReportWriter, _ chosen: [Int], withLists: Bool, to bytes: inout ByteWriter
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
    case .events, .charts: true
    }
  }
}
