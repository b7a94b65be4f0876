/// Puts labels of a column as near as possible to where they belong, one below the other.
enum Stacking {
  struct Item {
    /// Where its middle belongs.
    var wanted: Double
    var height: Double
  }

  /// The middles, in order, no two closer than their heights, none above `top`.
  static func middles(_ items: [Item], top: Double) -> [Double] {
    // Blocks of touching labels; each sits where the sum of squared moves is least.
    struct Block {
      var items: Range<Int>
      var height: Double
      /// Sum of the tops that the items would give the block.
      var tops: Double
      var top: Double
    }
    var blocks: [Block] = []
    for (index, item) in items.enumerated() {
      let wantedTop = max(top, item.wanted - item.height / 2)
      var block = Block(
        items: index..<(index + 1), height: item.height, tops: wantedTop, top: wantedTop)
      while let above = blocks.last, above.top + above.height > block.top {
        blocks.removeLast()
        block = Block(
          items: above.items.lowerBound..<block.items.upperBound,
          height: above.height + block.height,
          tops: above.tops + block.tops - above.height * Double(block.items.count), top: 0)
        block.top = max(top, block.tops / Double(block.items.count))
      }
      blocks.append(block)
    }
    var middles: [Double] = []
    for block in blocks {
      var y = block.top
      for item in items[block.items] {
        middles.append(y + item.height / 2)
        y += item.height
      }
    }
    return middles
  }
}
