import Fleet
import TCPModel
import TestSupport
import Testing

@Suite struct HostGroupTests {
  private func clue(
    _ file: String, host: String? = nil, minute: Int64 = 0, addresses: [UInt32: Int] = [:],
    listeners: [UInt16: Set<UInt64>] = [:]
  ) -> HostClue {
    HostClue(
      file: file, host: host.map { HostName($0, .line) },
      time: Timestamp(nanoseconds: minute * 60_000_000_000), kind: "ss ss.txt",
      addresses: Dictionary(
        uniqueKeysWithValues: addresses.map { (IPAddress(ipv4: 0x0A00_0000 + $0.key), $0.value) }),
      listeners: Dictionary(
        uniqueKeysWithValues: listeners.map {
          (Endpoint(address: IPAddress(ipv4: 0), port: $0.key), $0.value)
        }))
  }

  private func groups(_ clues: [HostClue]) throws -> [String] {
    try HostGroups(clues).groups.map { group in
      "\(group.host?.name ?? "-"): " + group.files.map { clues[$0].file }.joined(separator: " ")
    }
  }

  @Test func addressesJoinFiles() throws {
    // A container bridge, .99, is on both hosts.
    let found = try groups([
      clue("a", addresses: [1: 9, 99: 2]), clue("b", addresses: [2: 9, 99: 2]),
      clue("c", minute: 1, addresses: [1: 3, 7: 8]), clue("d", minute: 1, addresses: [2: 1]),
      clue("e", minute: 2, addresses: [1: 5]),
    ])
    #expect(found == ["10.0.0.1: a c e", "10.0.0.2: b d"])
  }

  @Test func unnamedFilesJoinTheNamedHostWhoseAddressTheyShow() throws {
    let found = try groups([
      clue("old", addresses: [1: 4]), clue("new", host: "web1", minute: 1, addresses: [1: 5]),
      clue("other", host: "web2", addresses: [2: 5]),
    ])
    #expect(found == ["web1: old new", "web2: other"])
  }

  @Test func filesOfWhichTwoNamedHostsMayBeTheOwnerAreRefused() {
    let error = #expect(throws: HostConfusion.self) {
      try HostGroups([
        clue("x", addresses: [1: 4]), clue("y", host: "web1", addresses: [1: 5]),
        clue("z", host: "web2", addresses: [1: 5]),
      ])
    }
    #expect(error?.message.hasPrefix("x: is of web1 or of web2; begin each file") == true)
  }

  @Test func filesThatShowNothingAreTheOnlyHosts() throws {
    #expect(try groups([clue("a"), clue("b", minute: 1, addresses: [1: 2])]) == ["-: a b"])
    #expect(try groups([clue("a"), clue("b", minute: 1)]) == ["-: a b"])
    #expect(throws: HostConfusion.self) {
      try HostGroups([
        clue("a"), clue("b", addresses: [1: 2]), clue("c", addresses: [2: 2]),
      ])
    }
  }

  @Test func aServiceThatIsStartedAnewIsOneHosts() throws {
    let files = (0..<6).map { index in
      clue(
        "f\(index)", minute: Int64(index), addresses: [1: 3],
        listeners: [80: [index < 3 ? 7 : 8], 22: [5]])
    }
    #expect(try HostGroups(files).groups.count == 1)
  }

  @Test func listenersThatComeBackAreOfSeveralHosts() {
    let files = (0..<3).map { index in
      clue(
        "f\(index)", minute: Int64(index), addresses: [1: 3], listeners: [80: [index == 1 ? 8 : 7]])
    }
    let error = #expect(throws: HostConfusion.self) { try HostGroups(files) }
    #expect(error?.message.hasPrefix("f2: the sockets that listen on 0.0.0.0:80") == true)
  }

  /// Without numbers only who listens tells.
  @Test func whatAlternatesIsOfTwoHosts() {
    let files = (0..<4).map { index in
      clue("f\(index)", minute: Int64(index), listeners: [index % 2 == 0 ? 80 : 81: [0]])
    }
    #expect(throws: HostConfusion.self) { try HostGroups(files) }
  }

  /// Named hosts in any mixture come back as they were.
  @Test func namedFilesAreSortedByName() throws {
    let seed = SeededGenerator.seed
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let clues = (0..<Int.random(in: 1...30, using: &random)).map { index in
        clue(
          "f\(index)", host: "h\(Int.random(in: 0..<5, using: &random))",
          addresses: [UInt32.random(in: 1...3, using: &random): 1])
      }
      let groups = try HostGroups(clues).groups
      #expect(Set(groups.map { $0.host?.name }).count == groups.count, "seed \(seed)")
      for group in groups {
        #expect(group.files.allSatisfy { clues[$0].host == group.host }, "seed \(seed)")
        #expect(group.files == group.files.sorted(), "seed \(seed)")
      }
      #expect(groups.reduce(0) { $0 + $1.files.count } == clues.count, "seed \(seed)")
    }
  }

  @Test(arguments: [
    ("{host}/*", "/a/web1/x.txt", "web1"), ("*_{host}_*", "/a/b/17_web1_ss.txt", "web1"),
    ("{host}-*.txt", "web1-2.txt", "web1"), ("logs/{host}/*/*", "x/logs/db/1/f", "db"),
    ("{host}", "/a/web1", "web1"), ("{host}/x", "/a/b/y", nil), ("*/{host}.z", "f.z", nil),
    ("{host}.txt", "/a/.txt", nil),
  ])
  func patterns(pattern: String, path: String, host: String?) throws {
    #expect(try #require(HostPlace(pattern)).host(in: path) == host)
  }

  @Test func aPatternHasOneHost() {
    #expect(HostPlace("*.txt") == nil && HostPlace("{host}{host}") == nil)
  }
}
