import ArgumentParser

/// `256M`: a number of bytes; K, M, G and T stand for powers of 1024.
struct ByteCount: ExpressibleByArgument {
  var bytes: Int64

  init(_ bytes: Int64) { self.bytes = bytes }

  init?(argument: String) {
    let units: [Character: Int64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let unit = argument.last.flatMap { units[$0] }
    guard let count = Int64(unit == nil ? argument[...] : argument.dropLast()), count > 0 else {
      return nil
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit ?? 1)
    if overflow { return nil }
    bytes = product
  }

  var defaultValueDescription: String { "\(bytes >> 20)M" }
}
