import Foundation
import Support
import TCPModel
import TestSupport
import Testing
import TraceParsing

@testable import Correlation

/// Recordings of Linux connections with what the kernel did: from each end's own capture, alone,
/// the states of that end and the segments it sent again must be the kernel's.
///
/// They are large and not part of this repository: `TCPTIMELINE_RECORDINGS` names their folder.
@Suite(.enabled(if: Outside.recordings != nil, "TCPTIMELINE_RECORDINGS names no folder"))
struct RecordingsTests {
  @Test(arguments: Recording.all)
  func statesInTheirOrder(_ recording: Recording) throws {
    for capture in recording.truth.captures {
      guard let own = Side(end: capture.endpoint) else { continue }
      let connections = try recording.connections(of: capture)
      for tuple in Set(recording.truth.connections?.map(\.endpoints) ?? []) {
        let lived = recording.truth.connections?.filter { $0.endpoints == tuple } ?? []
        let kernel = Set(lived.compactMap { path($0.end(own).states ?? []) })
        let ours = connections.compactMap { connection -> String? in
          guard let side = connection.side(of: tuple, own) else { return nil }
          let states = connection.states[side]
          let isMidstream = states.contains { $0.state == .established && $0.basis == .assumed }
          return isMidstream && capture.partial == nil ? nil : path(states.map(\.state.name))
        }
        let name = "\(recording) \(capture.file) \(own.name)"
        if capture.partial == nil {
          #expect(Set(ours) == kernel, "\(name)")
        } else {
          // A capture that begins late or ends early shows a part of what was.
          for one in ours { #expect(kernel.contains { $0.contains(one) }, "\(name): \(one)") }
        }
      }
    }
  }

  /// At the time of every snapshot the state of each of the host's captured sockets.
  @Test(arguments: Recording.all)
  func statesAtEverySnapshot(_ recording: Recording) throws {
    for capture in recording.truth.captures {
      guard let own = Side(end: capture.endpoint) else { continue }
      let connections = try recording.connections(of: capture)
      for (time, sockets) in try recording.snapshots(of: own) {
        for socket in sockets {
          guard let kernel = socket.state,
            let (connection, side) = connections.newest(socket, before: time),
            let ours = connection.state(of: side, at: time)
          else { continue }
          let isHidden =
            (ours, kernel) == (.established, .finWait1) || (ours, kernel) == (.closeWait, .lastACK)
          #expect(
            ours == kernel || isHidden,
            "\(recording) \(capture.file) connection \(connection.summary.id) at \(time.rfc3339)")
        }
      }
    }
  }

  @Test(arguments: Recording.all)
  func retransmittedSegmentsAreTheKernels(_ recording: Recording) throws {
    for capture in recording.truth.captures where capture.partial == nil {
      guard let own = Side(end: capture.endpoint),
        let kernel = recording.truth.retransmissions?[capture.endpoint]?["RetransSegs"]
      else { continue }
      let addresses = recording.truth.addresses[capture.endpoint]?.values.compactMap(IPAddress.init)
      let ours = try recording.connections(of: capture).reduce(Int64(0)) { sum, connection in
        let isClient = addresses?.contains(connection.summary.client.address) ?? false
        let isServer = addresses?.contains(connection.summary.server.address) ?? false
        let side = isClient == isServer ? own : isClient ? .client : .server
        return sum + (connection.summary.traffic[side].retransmittedSegments ?? 0)
      }
      #expect(ours == kernel, "\(recording) \(capture.file)")
    }
  }

  /// Without the state before the first segment, and without a last CLOSED, which may be a timer's.
  private func path(_ names: [String]) -> String? {
    var names = names.map { $0.replacingOccurrences(of: "-", with: "_") }
    while let first = names.first, first == "CLOSED" || first == "LISTEN" { names.removeFirst() }
    if names.last == "CLOSED" { names.removeLast() }
    return names.isEmpty ? nil : names.joined(separator: " ")
  }
}

extension Recording {
  /// One capture alone, its pieces one after another.
  func connections(of capture: Truth.Capture) throws -> [Connection] {
    var correlator = Correlator(phaseLimit: .max)
    var batch = SegmentBatch()
    for path in paths(of: capture) {
      var reader = try CaptureReader(path: path)
      while try reader.read(into: &batch) { correlator.ingest(batch.span) }
    }
    return (0..<correlator.count).map { index in
      let connection = correlator.connection(at: index)
      connection.summary.expectSeen(by: correlator.glance(at: index), "\(self)")
      return connection
    }
  }

  /// The sockets in `/proc/net/tcp` and `tcp6` of one end, `EPOCH_END_proc-net-tcp*.txt`.
  func snapshots(of side: Side) throws -> [(Timestamp, [SocketSample])] {
    let folder = place.appendingPathComponent("snapshots").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return try names.sorted().compactMap { name in
      let parts = name.split(separator: "_")
      guard parts.count == 3, parts[1] == side.name, parts[2].hasPrefix("proc-net-tcp"),
        let seconds = Double(parts[0])
      else { return nil }
      var reader = try SnapshotReader(path: folder + "/" + name)
      var batch = SocketBatch()
      var sockets: [SocketSample] = []
      while try reader.read(into: &batch) {
        let span = batch.span
        for index in span.indices { sockets.append(span[index]) }
      }
      return (Timestamp(nanoseconds: Int64((seconds * 1000).rounded()) * 1_000_000), sockets)
    }
  }
}

extension Side {
  fileprivate init?(end: String) {
    guard let side = Side.allCases.first(where: { $0.name == end }) else { return nil }
    self = side
  }
}

extension Connection {
  /// Which of our sides is the recording's: in a simultaneous open either may be called client.
  fileprivate func side(of tuple: [Endpoint], _ side: Side) -> Side? {
    let ends = [summary.client, summary.server]
    if ends == tuple { return side }
    return ends == tuple.reversed() ? side.peer : nil
  }

  /// nil within 5 ms of a change, as the kernel and the capture may see it one after the other.
  fileprivate func state(of side: Side, at time: Timestamp) -> TCPState? {
    let steps = states[side].compactMap { change in
      change.at.map { (summary.start.advanced(by: $0), change.state) }
    }
    guard !steps.contains(where: { abs($0.0.since(time)) < 5_000_000 }) else { return nil }
    return steps.last { $0.0 <= time }?.1
  }
}

extension [Connection] {
  /// The newest use of the socket's ports that has begun, and is not long over.
  fileprivate func newest(
    _ socket: SocketSample, before time: Timestamp
  ) -> (connection: Connection, side: Side)? {
    let own = filter { one in
      let ends = [one.summary.client, one.summary.server]
      return (ends == [socket.local, socket.remote] || ends == [socket.remote, socket.local])
        && one.summary.start <= time
    }
    guard let newest = own.max(by: { $0.summary.start < $1.summary.start }),
      time.since(newest.summary.end) < 50_000_000_000
    else { return nil }
    return (newest, newest.summary.client == socket.local ? .client : .server)
  }
}
