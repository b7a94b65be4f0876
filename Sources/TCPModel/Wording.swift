/// What is to be said, before it is said in a language: the name of a text, and what goes into it. The words
/// are those of `Templates/texts.*.txt`.
public struct Wording: Sendable, Hashable {
  /// What stands in a place of a text.
  public enum Value: Sendable, Hashable {
    /// The same in every language: names, addresses, states.
    case text(String)
    /// Digits without marks between them.
    case digits(Int64)
    /// `12,345`.
    case count(Int64)
    case duration(Nanoseconds)
    case bytes(Int64)
    case bitRate(Int64)
    /// `1.5 %` for 15.
    case percent(tenths: Int)
    case share(Int64, of: Int64)
    case wording(Wording)
    /// The text named joins two of them, `{before}` and `{after}`; from left to right.
    case list([Value], joined: String)
  }

  public struct Place: Sendable, Hashable {
    public var name: String
    public var value: Value

    public init(name: String, value: Value) {
      self.name = name
      self.value = value
    }
  }

  public var key: String
  public var places: [Place]
  /// Which of a text's forms is said, where it has one for exactly one; it is `{n}`, too.
  public var number: Int64?

  public init(
    _ key: String, _ values: KeyValuePairs<String, Value> = [:], number: Int64? = nil
  ) {
    self.key = key
    places = values.map { Place(name: $0.key, value: $0.value) }
    self.number = number
  }

  /// The same in every language.
  public init(verbatim text: String) {
    self.init("", ["": .text(text)])
  }

  public static let nothing = Wording(verbatim: "")
}

extension Wording.Value {
  public static let nothing = Wording.Value.text("")

  public static func digits(_ number: some BinaryInteger) -> Wording.Value {
    .digits(Int64(clamping: number))
  }

  public static func count(_ number: Int) -> Wording.Value { .count(Int64(number)) }

  public static func said(
    _ key: String, _ values: KeyValuePairs<String, Wording.Value> = [:], number: Int64? = nil
  ) -> Wording.Value {
    .wording(Wording(key, values, number: number))
  }

  /// `12 segments`: a text with a number alone.
  public static func counted(_ key: String, _ number: some BinaryInteger) -> Wording.Value {
    .wording(Wording(key, number: Int64(clamping: number)))
  }

  /// The same with digits without marks.
  public static func numbered(_ key: String, _ number: some BinaryInteger) -> Wording.Value {
    let number = Int64(clamping: number)
    return .wording(Wording(key, ["n": .digits(number)], number: number))
  }

  public static func side(_ side: Side) -> Wording.Value { .said("side." + side.name) }

  public static func both(_ values: [Wording.Value]) -> Wording.Value {
    .list(values, joined: "list.and")
  }

  public static func commas(_ values: [Wording.Value]) -> Wording.Value {
    .list(values, joined: "list.comma")
  }
}
