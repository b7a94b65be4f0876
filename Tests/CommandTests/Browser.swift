import Foundation
import TestSupport
import Testing

/// A headless Chromium with one page, spoken to in its DevTools protocol over two pipes.
final class Browser {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first(where: FileManager.default.isExecutableFile)
  static var isInstalled: Bool { path != nil }

  struct ProtocolError: Error {
    var message: String
  }

  private let scratch: Scratch
  private let process = Process()
  private let toBrowser: FileHandle
  private let fromBrowser: FileHandle
  private var received: [UInt8] = []
  private var number = 0
  private var session: String?
  private var events: [[String: Any]] = []

  init() throws {
    scratch = try Scratch()
    let (input, output) = (scratch.path("in"), scratch.path("out"))
    guard mkfifo(input, 0o600) == 0, mkfifo(output, 0o600) == 0 else {
      throw ProtocolError(message: "no pipes")
    }
    // The threads that start processes here hold signals back, and a child would too.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "--default-signal", "/bin/bash", "-c",
      """
      exec timeout -k 5 120 "$1" --headless=new --no-sandbox --disable-gpu --remote-debugging-pipe \
        --user-data-dir="$2" 3<"$3" 4>"$4" 2>/dev/null
      """, "bash", Self.path ?? "", scratch.path("profile"), input, output,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    // In the order in which the shell opens them: each waits for its other end.
    toBrowser = try FileHandle(forWritingTo: URL(fileURLWithPath: input))
    fromBrowser = try FileHandle(forReadingFrom: URL(fileURLWithPath: output))
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] ?? ""
    session =
      try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"]
      as? String
    for domain in ["Page", "Runtime", "Log"] { try call(domain + ".enable") }
  }

  deinit {
    session = nil
    _ = try? call("Browser.close")
    process.terminate()
    process.waitUntilExit()
  }

  // MARK: A page

  func open(_ file: String) throws {
    events.removeAll()
    try call("Page.navigate", ["url": "file://" + file])
    while !events.contains(where: { $0["method"] as? String == "Page.loadEventFired" }) {
      events.append(try receive())
    }
  }

  func resize(width: Int, height: Int, isMobile: Bool = false) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": isMobile])
  }

  /// What the expression amounts to, as text.
  func text(_ expression: String) throws -> String {
    let result = try call(
      "Runtime.evaluate", ["expression": "String(\(expression))", "returnByValue": true])
    if let exception = result["exceptionDetails"] {
      throw ProtocolError(message: "\(expression): \(exception)")
    }
    return (result["result"] as? [String: Any])?["value"] as? String ?? ""
  }

  /// Each element's text.
  func texts(_ selector: String) throws -> [String] {
    let list = try text(
      "Array.from(document.querySelectorAll('\(selector)')).map((e) => e.textContent).join('\\n')")
    return list.isEmpty ? [] : list.components(separatedBy: "\n")
  }

  /// What the page has said in the console since it was opened, and what it was refused.
  func console() throws -> [String] {
    _ = try text("1")
    return events.filter { event in
      ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"]
        .contains(event["method"] as? String)
    }.map { "\($0)" }
  }

  func print() throws -> Data {
    let result = try call("Page.printToPDF", ["printBackground": true])
    return (result["data"] as? String).flatMap { Data(base64Encoded: $0) } ?? Data()
  }

  // MARK: The protocol

  @discardableResult
  private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    number += 1
    var message: [String: Any] = ["id": number, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    let bytes = try JSONSerialization.data(withJSONObject: message)
    try toBrowser.write(contentsOf: bytes + [0])
    while true {
      let answer = try receive()
      guard answer["id"] as? Int == number else {
        events.append(answer)
        continue
      }
      if let error = answer["error"] { throw ProtocolError(message: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
  }

  /// Messages end in a zero byte.
  private func receive() throws -> [String: Any] {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = try JSONSerialization.jsonObject(with: Data(received[..<end]))
        received.removeSubrange(...end)
        return message as? [String: Any] ?? [:]
      }
      let more = fromBrowser.availableData
      if more.isEmpty { throw ProtocolError(message: "the browser ended") }
      received += more
    }
  }
}
