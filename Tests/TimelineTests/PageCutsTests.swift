import Testing

@testable import Timeline

/// Where a picture goes on on the next page.
@Suite struct PageCutsTests {
  private func figure(height: Double, _ shapes: [Shape]) -> Figure {
    Figure(width: 800, height: height, title: "", summary: "", shapes: shapes)
  }

  private func box(_ y: Double, _ height: Double) -> Shape {
    .rectangle(x: 100, y: y, width: 200, height: height, radius: 0, Area(.none))
  }

  @Test func whatFitsIsOnePart() {
    let parts = PageCuts.parts(of: figure(height: 1000, [box(10, 900)]))
    #expect(parts == [PageCuts.Part(top: 0, height: 1000)])
  }

  /// Lifelines and bars go on; what lies across the border moves to the next page.
  @Test func itIsCutBetweenRows() {
    let lifeline = Shape.line(Point(100, 0), Point(100, 1900), Stroke(.faint))
    let bar = Shape.rectangle(x: 90, y: 0, width: 5, height: 1900, radius: 0, Area(.none))
    let parts = PageCuts.parts(
      of: figure(height: 1900, [lifeline, bar, box(900, 60), box(970, 60), box(1040, 60)]))
    #expect(
      parts == [PageCuts.Part(top: 0, height: 969), PageCuts.Part(top: 969, height: 931)])
  }

  /// Where there is no gap a page is full.
  @Test func withoutAGapItIsCutAtTheBorder() {
    let parts = PageCuts.parts(of: figure(height: 2500, [box(0, 2500)]))
    #expect(parts.map(\.height) == [1000, 1000, 500])
    #expect(parts.map(\.top) == [0, 1000, 2000])
  }
}
