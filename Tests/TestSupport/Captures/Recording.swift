import Foundation
import Support
import TCPModel

/// One scenario of recorded Linux connections, with what the kernel and the path did to it.
///
/// They are large and not part of this repository: `TCPTIMELINE_RECORDINGS` names their folder.
public struct Recording: CustomStringConvertible, Sendable {
  public let place: URL
  public let truth: Truth

  public var description: String { place.lastPathComponent }

  /// Those whose path leaves addresses, numbers and clocks alone: what is said of one end holds at the
  /// other. The others have what is expected of both ends together.
  public static let all: [Recording] = {
    guard let folder = Outside.recordings else { return [] }
    let root = URL(fileURLWithPath: folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().compactMap { name in
      let place = root.appendingPathComponent(name)
      guard let data = try? Data(contentsOf: place.appendingPathComponent("truth.json")),
        let truth = try? JSONDecoder().decode(Truth.self, from: data), !truth.isOfBothEnds
      else { return nil }
      return Recording(place: place, truth: truth)
    }
  }()

  /// The pieces of one capture, the oldest first.
  public func paths(of capture: Truth.Capture) -> [String] {
    (capture.files ?? [capture.file]).map { place.appendingPathComponent($0).path }
  }
}

/// `truth.json`, as far as tests need it.
public struct Truth: Decodable, Sendable {
  public struct Capture: Decodable, Sendable {
    public var file: String
    public var files: [String]?
    public var endpoint: String
    public var partial: String?
  }

  public struct End: Decodable, Sendable {
    public var states: [String]?
  }

  public struct OneConnection: Decodable, Sendable {
    public var client: End?
    public var server: End?
    public var endpoints: [Endpoint]

    private enum CodingKeys: CodingKey { case client, server, tuple }

    public init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      client = try fields.decodeIfPresent(End.self, forKey: .client)
      server = try fields.decodeIfPresent(End.self, forKey: .server)
      var tuple = try fields.nestedUnkeyedContainer(forKey: .tuple)
      endpoints = []
      for _ in 0..<2 {
        let address = try tuple.decode(String.self)
        let port = try tuple.decode(UInt16.self)
        guard let address = IPAddress(address) else { continue }
        endpoints.append(Endpoint(address: address, port: port))
      }
    }

    public func end(_ side: Side) -> End {
      (side == .client ? client : server) ?? End(states: nil)
    }
  }

  /// The path's ledger; nil where the path was the kernel's own, which lost nothing.
  public struct Router: Decodable, Sendable {
    public var impaired: [Impairment]
  }

  /// What was done to one packet.
  public struct Impairment: Decodable, Sendable {
    public var action: String
    /// Unix time in seconds.
    public var t: Double
    public var sport: UInt16
    public var dport: UInt16
    public var seq: UInt32
    public var ack: UInt32
    public var len: UInt32
  }

  public var captures: [Capture]
  public var connections: [OneConnection]?
  public var addresses: [String: [String: String]]
  public var retransmissions: [String: [String: Int64]]?
  public var router: Router?

  private let pathExpected: Present?
  public var isOfBothEnds: Bool { pathExpected != nil }

  /// Anything at all.
  private struct Present: Decodable, Sendable {
    init(from decoder: any Decoder) {}
  }

  private enum CodingKeys: String, CodingKey {
    case captures, connections, addresses, retransmissions, router
    case pathExpected = "path_expected"
  }

  public var drops: [Impairment] {
    (router?.impaired ?? []).filter { $0.action.hasSuffix("drop") }
  }
}
