import Foundation
import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct RecordedSnapshotTests {
  @Test(.enabled(if: Outside.recordings != nil, Recordings.missing))
  func everyRecordedSnapshotReadsWithoutAnUnknownWord() throws {
    let files = try Recordings.snapshotFiles()
    #expect(files.count > 600)
    for file in files {
      let snapshot = try SnapshotFixture(path: file)
      #expect(snapshot.unknown.isEmpty, "\(file): \(snapshot.unknown)")
      #expect(snapshot.info.skipped.isEmpty, "\(file): \(snapshot.info.skipped)")
      #expect(snapshot.snapshots.count == 1, "\(file)")
      #expect(snapshot.snapshots.first?.timeBasis == .fileName, "\(file)")
    }
  }
}

/// What the kernel said through sock_diag just before a snapshot was taken.
private struct Truth: Decodable {
  struct Snapshot: Decodable {
    var files: [String]
    var sockets: [Socket]?
    var states: [String: Int]

    enum CodingKeys: String, CodingKey {
      case files, sockets
      case states = "by_state"
    }
  }

  struct Socket: Decodable {
    var local: String
    var lport: UInt16
    var peer: String
    var pport: UInt16
    var state: String

    var line: String {
      "\(local):\(lport) \(peer):\(pport) \(Truth.names[state] ?? state)"
    }
  }

  var snapshots: [Snapshot]

  static let names = [
    "FIN-WAIT-1": "FIN_WAIT_1", "FIN-WAIT-2": "FIN_WAIT_2", "TIME-WAIT": "TIME_WAIT",
    "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "SYN-SENT": "SYN_SENT",
    "SYN-RECEIVED": "SYN_RECEIVED", "SYN-RECV": "SYN_RECEIVED",
  ]
}

extension RecordedSnapshotTests {
  /// The files of one instant were taken one after the other within 50 ms, the kernel's own list
  /// first. So the states agree but for connections that moved on meanwhile.
  @Test(.enabled(if: Outside.recordings != nil, Recordings.missing))
  func socketsAndStatesAreThoseOfTheKernel() throws {
    var compared = 0
    var moved: [String] = []
    for scenario in try Recordings.scenarios() {
      let data = try Data(contentsOf: URL(fileURLWithPath: scenario + "/truth.json"))
      for snapshot in try JSONDecoder().decode(Truth.self, from: data).snapshots {
        for file in snapshot.files where file.hasSuffix("ss-tanoipem.txt") {
          let read = try SnapshotFixture(path: "\(scenario)/snapshots/\(file)")
          guard let sockets = snapshot.sockets else {
            let states = Dictionary(
              uniqueKeysWithValues: snapshot.states.map { (Truth.names[$0] ?? $0, $1) })
            if read.states != states { moved.append("\(file): \(read.states), not \(states)") }
            continue
          }
          let truth = Set(sockets.map(\.line))
          let ours = Set(
            read.sockets.map {
              "\($0.local.address):\($0.local.port) \($0.remote.address):\($0.remote.port) "
                + ($0.state?.name ?? "?")
            })
          compared += ours.count
          moved += truth.symmetricDifference(ours).sorted().map { "\(file): \($0)" }
        }
      }
    }
    #expect(compared > 500)
    #expect(moved.count <= compared * 3 / 100, "\(moved)")
  }
}
