import Foundation
import TCPTimeline

// Lists the connections of a capture, and draws the one that took longest.
//
// usage: connections CAPTURE

guard CommandLine.arguments.count == 2 else {
  print("usage: connections CAPTURE")
  exit(64)
}

do {
  let capture = try Capture(path: CommandLine.arguments[1])
  for connection in capture.connections {
    let sent = connection.sentByClient.payloadBytes + connection.sentByServer.payloadBytes
    print(
      "\(connection.id) \(connection.client) > \(connection.server) \(connection.outcome) \(sent) B"
    )
  }
  for finding in capture.findings { print("\(finding.severity): \(finding.text)") }
  if let longest = capture.connections.max(by: { $0.duration < $1.duration }) {
    let svg = try capture.diagram(of: longest.id, DiagramOptions(width: 800))
    try svg.write(toFile: "longest.svg", atomically: true, encoding: .utf8)
  }
} catch let failure as CaptureFailure {
  print(failure)
  exit(65)
}
