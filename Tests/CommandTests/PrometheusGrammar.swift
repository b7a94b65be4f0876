import Testing

/// A strict reader of Prometheus's text exposition format 0.0.4: HELP and TYPE once before a metric's
/// samples, which stand together; each sample once; label values escaped.
struct PrometheusGrammar {
  struct Damage: Error {
    var line: Int
    var reason: String
  }

  private(set) var samples: [String: [[String: String]: Double]] = [:]

  init(_ text: String) throws {
    var typed: Set<String> = []
    var helped: Set<String> = []
    var current = ""
    var finished: Set<String> = []
    guard text.hasSuffix("\n") else { throw Damage(line: 0, reason: "no line feed at the end") }
    for (index, line) in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      func fail(_ reason: String) -> Damage { Damage(line: index + 1, reason: reason) }
      if line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count == 4 else { throw fail("short comment") }
        let name = String(words[2])
        if words[1] == "HELP" {
          guard helped.insert(name).inserted else { throw fail("second HELP") }
        } else {
          guard typed.insert(name).inserted, words[3] == "gauge" else { throw fail("TYPE") }
        }
        if current != name { finished.insert(current) }
        guard !finished.contains(name) else { throw fail("metric in two places") }
        current = name
        continue
      }
      var rest = line[...]
      let name = String(
        rest.prefix { $0.isLetter && $0.isASCII || $0.isNumber || "_:".contains($0) })
      guard !name.isEmpty, name == current, typed.contains(name), helped.contains(name) else {
        throw fail("sample without TYPE")
      }
      rest = rest.dropFirst(name.count)
      var labels: [String: String] = [:]
      if rest.first == "{" {
        rest = rest.dropFirst()
        while rest.first != "}" {
          let label = String(rest.prefix { $0.isLetter || $0 == "_" })
          rest = rest.dropFirst(label.count)
          guard !label.isEmpty, rest.hasPrefix("=\"") else { throw fail("label") }
          rest = rest.dropFirst(2)
          var value = ""
          while let next = rest.first, next != "\"" {
            rest = rest.dropFirst()
            guard next == "\\" else {
              value.append(next)
              continue
            }
            guard let escaped = rest.popFirst(),
              let meaning = ["n": "\n", "\\": "\\", "\"": "\""][escaped]
            else { throw fail("escape") }
            value += meaning
          }
          guard rest.popFirst() == "\"", labels.updateValue(value, forKey: label) == nil else {
            throw fail("label value")
          }
          if rest.first == "," {
            rest = rest.dropFirst()
          } else if rest.first != "}" {
            throw fail("comma")
          }
        }
        rest = rest.dropFirst()
      }
      guard rest.first == " ", let value = Double(rest.dropFirst()) else { throw fail("value") }
      guard samples[name, default: [:]].updateValue(value, forKey: labels) == nil else {
        throw fail("second sample")
      }
    }
  }

  func value(_ name: String, _ labels: [String: String]) -> Double? { samples[name]?[labels] }
}
