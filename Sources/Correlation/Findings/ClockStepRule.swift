import TCPModel

/// A host's clock was set while it captured.
enum ClockStepRule {
  static func findings(_ paths: PathsSummary) -> [Finding] {
    let steps = Set(paths.clocks.flatMap(\.steps)).sorted {
      ($0.point, $0.place.capture, $0.place.frame) < ($1.point, $1.place.capture, $1.place.frame)
    }
    return steps.map { step in
      let name = paths.points[step.point].name
      var evidence = Evidence()
      evidence.add("point", name)
      evidence.add("capture", step.place.capture)
      evidence.add("by_ns", step.size)
      return Finding(
        kind: .clockStep, severity: .warning, connections: [], frames: [step.place.frame],
        wording: Wording(
          step.size < 0 ? "finding.clock_step.back" : "finding.clock_step.forward",
          [
            "point": .text(name), "size": .duration(Int64(clamping: step.size.magnitude)),
            "frame": .digits(step.place.frame),
          ]),
        evidence: evidence.items)
    }
  }
}
