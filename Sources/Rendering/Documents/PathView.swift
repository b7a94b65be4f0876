import Support
import TCPModel

/// Several capture points as the templates see them; `docs/templates.md` lists the names.
enum PathView {
  static func values(
    _ paths: PathsSummary, _ rows: [ConnectionSummary], _ texts: Texts
  ) -> [String: Any] {
    let words = PathWords(texts)
    let directions = rows.flatMap { connection in
      Side.allCases.compactMap { side in
        connection.path.map { values("\(connection.id)", side, $0.directions[side], texts) }
      }
    }
    let totals =
      paths.pairs > 1
      ? Side.allCases.map { values(texts("path.all"), $0, paths.directions[$0], texts) } : []
    let named = paths.alone.prefix(named)
    let rest = paths.points.reduce(0) { $0 + $1.unmatched } - named.count
    return [
      "sentence": words.sentence(paths),
      "clocks": paths.clocks.map { words.clock($0, of: paths) },
      "has_directions": !directions.isEmpty,
      "directions": totals + directions,
      "has_alone": !named.isEmpty,
      "alone": named.map { one in
        [
          "id": "\(one.id)", "client": one.client.description, "server": one.server.description,
          "point": paths.points[one.point].name.safeToShow, "reason": words.reason(one),
        ]
      },
      "more_alone": rest > 0 ? texts.counted("text.more", rest) : "",
      "remarks": rows.flatMap { connection in
        connection.path == nil
          ? []
          : words.remarks(connection).map {
            texts("path.remark", ["id": String(connection.id), "remark": $0])
          }
      },
    ]
  }

  private static let named = 100

  private static func values(
    _ id: String, _ side: Side, _ direction: PathDirection, _ texts: Texts
  ) -> [String: Any] {
    [
      "id": id,
      "from": texts(side),
      "sent": Quantity.count(direction.sent),
      "lost": PathWords.count(direction.lost),
      "duplicated": PathWords.count(direction.duplicated),
      "reordered": PathWords.count(direction.reordered),
      "injected": PathWords.count(direction.injected),
      "least": PathWords.duration(direction.delay?.min),
      "median": PathWords.duration(direction.delay?.median),
      "p95": PathWords.duration(direction.delay?.p95),
      "most": PathWords.duration(direction.delay?.max),
    ]
  }
}
