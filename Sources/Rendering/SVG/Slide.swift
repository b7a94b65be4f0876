import Timeline

extension DiagramOptions {
  /// As a slide where that is wanted.
  func drawn(_ draw: (DiagramOptions) -> Figure) -> Figure {
    isSlide ? slide(draw) : draw(self)
  }

  /// A picture that fits whole into one of the slides is drawn so; of another, fewer rows until it is no
  /// higher, and what still is higher is made smaller.
  func slide(_ draw: (DiagramOptions) -> Figure) -> Figure {
    var options = self
    for width in Self.slideWidths {
      options.width = width
      let picture = draw(options)
      if picture.fitsSlide { return picture.framed(width: 16, height: 9) }
    }
    options.width = Self.slideWidths[Self.slideWidths.count - 2]
    while true {
      options.maxRows -= options.maxRows > 24 ? options.maxRows / 5 : 1
      let picture = draw(options)
      if picture.fitsSlide || options.maxRows <= 4 { return picture.framed(width: 16, height: 9) }
    }
  }

  /// What fits the smallest has the largest letters: 10 pixels of 640 are 15 points on a slide of
  /// 33.9 cm, of the widest 7.
  private static let slideWidths = [640, 720, 840, 960, 1120, 1280]
}

extension Figure {
  fileprivate var fitsSlide: Bool { height <= width * 9 / 16 }
}
