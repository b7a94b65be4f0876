import Rendering
import Support
import TCPModel
import Timeline

/// What a whole document is to show.
struct DocumentRequest {
  var diagrams: DiagramArguments
  /// Whether charts stand beside its diagrams.
  var hasCharts: Bool
  /// Whether the connections were chosen by their numbers.
  var isByNumber: Bool
  /// Whether every connection has a place in it.
  var listsEveryConnection: Bool
}

extension ReportSource {
  /// What fits a page: the most notable connections where there are too many.
  func document(_ request: DocumentRequest) throws(Failure) -> ReportDocument {
    let isChart = request.diagrams.chart != nil
    let maxDiagrams = request.diagrams.maxDiagrams
    let isEverything = count == correlator.count
    var aggregate = isEverything ? OverviewAggregate(header.summary) : OverviewAggregate()
    var notabilities: [Notability] = []
    var telling: [Notability] = []
    notabilities.reserveCapacity(count)
    for index in chosen {
      if isEverything {
        let glance = correlator.glance(at: index)
        aggregate.add(glance)
        if !isChart, !hasPaths, let notability = Notability(glance, id: index + 1) {
          notabilities.append(notability)
          continue
        }
      }
      let summary = summary(at: index)
      if !isEverything { aggregate.add(summary) }
      let notability = Notability(summary)
      notabilities.append(notability)
      if isChart, Chart.isTelling(summary) { telling.append(notability) }
    }
    let ranked = Notability.mostNotable(
      telling.isEmpty || request.isByNumber ? notabilities : telling,
      count: max(ReportDocument.rowLimit, maxDiagrams))
    // A chart is of the connections that were named, else of the most notable one with data.
    let limit = isChart && !request.isByNumber ? min(1, maxDiagrams) : maxDiagrams
    let drawn = isChart || request.isByNumber ? Array(ranked.prefix(limit)) : toDraw(ranked, limit)
    let collector = try details(
      of: drawn.map { $0 - 1 }, keepsSegments: !isChart,
      keepsCharts: isChart || request.hasCharts)
    var document = ReportDocument(header: header, aggregate: aggregate)
    for id in ranked.prefix(ReportDocument.rowLimit).sorted() {
      document.rows.append(summary(at: id - 1))
    }
    for id in ranked.prefix(request.diagrams.options.maxRows).sorted() {
      document.bars.append(correlator.connection(at: id - 1))
    }
    for index in 0..<collector.count {
      document.details.append(connection(at: index, of: collector))
    }
    document.ranking = drawn
    if request.listsEveryConnection {
      document.table = table(
        with: Set(ranked.prefix(ReportDocument.rowLimit)),
        Texts.of(request.diagrams.pictures.language.inFiles))
    }
    return document
  }

  /// The most notable ones, a different story each as long as there are any.
  private func toDraw(_ ranked: [Int], _ limit: Int) -> [Int] {
    guard ranked.count > limit else { return ranked }
    let different = ranked.map { summary(at: $0 - 1) }.ofDifferentStories.prefix(limit).map(\.id)
    let others = ranked.filter { !different.contains($0) }
    return different + others.prefix(limit - different.count)
  }

  /// As many as a page holds, these among them.
  private func table(with notable: Set<Int>, _ texts: Texts) -> ConnectionTable {
    var table = ConnectionTable(texts)
    var room = ConnectionTable.limit - notable.count
    for index in chosen {
      if !notable.contains(index + 1) {
        if room == 0 { continue }
        room -= 1
      }
      table.add(summary(at: index), header)
    }
    return table
  }
}
