import Support
import TCPModel

/// A mark of an axis: where it lies along it, and what it says.
struct AxisTick: Sendable, Hashable {
  var at: Double
  var label: String
}

/// A vertical axis of amounts with round marks, growing upwards.
struct ValueAxis {
  enum Unit: Sendable {
    case bytes, time, bitRate

    /// From the smallest on, each a thousand times the one before.
    fileprivate var names: [String] {
      switch self {
      case .bytes: ["B", "kB", "MB", "GB", "TB", "PB"]
      case .time: ["ns", "µs", "ms", "s"]
      case .bitRate: ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]
      }
    }
  }

  let low: Int64
  let high: Int64
  let unit: Unit
  let top: Double
  let bottom: Double

  init(low: Int64, high: Int64, unit: Unit, top: Double, bottom: Double) {
    self.low = low
    self.high = max(high, low + 1)
    self.unit = unit
    self.top = top
    self.bottom = bottom
  }

  /// Values outside lie on the rim.
  func y(_ value: Int64) -> Double {
    let share = (Double(value) - Double(low)) / (Double(high) - Double(low))
    return bottom - (bottom - top) * min(1, max(0, share))
  }

  func contains(_ value: Int64) -> Bool { (low...high).contains(value) }

  /// At 1, 2 or 5 times a power of ten, as many as have room.
  var ticks: [AxisTick] {
    let most = max(2, Int64((bottom - top) / 34))
    let span = high - low
    var step: Int64 = 1
    var factors: [Int64] = [2, 5, 10]
    var base: Int64 = 1
    while span / step > most {
      if factors.isEmpty {
        let (next, overflow) = base.multipliedReportingOverflow(by: 10)
        if overflow { break }
        base = next
        factors = [2, 5, 10]
      }
      let (next, overflow) = base.multipliedReportingOverflow(by: factors.removeFirst())
      if overflow { break }
      step = next
    }
    var ticks: [AxisTick] = []
    var value = low / step * step
    if value < low { value += step }
    while value <= high {
      ticks.append(AxisTick(at: y(value), label: label(value, step: step)))
      let (next, overflow) = value.addingReportingOverflow(step)
      if overflow { break }
      value = next
    }
    return ticks
  }

  /// All in the unit of the greatest, with the decimals that tell the steps apart.
  func label(_ value: Int64, step: Int64) -> String {
    if value == 0 { return "0" }
    var scale: Int64 = 1
    var name = unit.names[0]
    for next in unit.names.dropFirst() where max(abs(high), abs(low)) / 1000 >= scale {
      scale *= 1000
      name = next
    }
    var decimals = 0
    var rest = scale
    while rest > step {
      rest /= 10
      decimals += 1
    }
    return "\(Quantity.decimal(value, unit: scale, decimals: decimals)) \(name)"
  }
}

extension Int64 {
  /// Some room above a greatest value; times in damaged captures reach the limits of the type.
  var withRoomAbove: Int64 { Int64(clamped: Double(self) * 1.1) + 1 }

  /// Rounded towards zero; what does not fit is the nearest that does.
  init(clamped value: Double) {
    self = Int64(Swift.min(4e18, Swift.max(-4e18, value)))
  }
}

extension Int {
  /// The same; 0 of what is no number.
  init(clamped value: Double) {
    self = value.isNaN ? 0 : Int(Int64(clamped: value))
  }
}
