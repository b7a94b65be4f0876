import Support
import TCPModel

/// Several capture points as the templates see them; `docs/templates.md` lists the names.
enum PathView {
  static func values(_ paths: PathsSummary, _ rows: [ConnectionSummary]) -> [String: Any] {
    let directions = rows.flatMap { connection in
      Side.allCases.compactMap { side in
        connection.path.map { values(connection.id, side, $0.directions[side]) }
      }
    }
    return [
      "sentence": PathWords.sentence(paths),
      "clocks": paths.clocks.map { PathWords.clock($0, of: paths) },
      "has_directions": !directions.isEmpty,
      "directions": directions,
    ]
  }

  private static func values(
    _ id: Int, _ side: Side, _ direction: PathDirection
  ) -> [String: Any] {
    [
      "id": "\(id)",
      "from": side.name,
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
