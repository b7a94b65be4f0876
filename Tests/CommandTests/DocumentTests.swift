import Foundation
import TestSupport
import Testing

/// Reports with pictures beside them, and templates of one's own.
@Suite struct DocumentTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  @Test func picturesLieBesideTheReport() throws {
    let result = try Program().run("Samples/port-reuse.pcap", "-o", scratch.path("report.md"))
    #expect(result.status == 0)
    #expect(try scratch.names() == ["report-assets", "report.md"])
    let names = ["connection-1.svg", "connection-2.svg", "connection-3.svg", "overview.svg"]
    #expect(try assets() == names)
    let text = String(decoding: try scratch.read("report.md"), as: UTF8.self)
    for name in names { #expect(text.contains("](report-assets/\(name))")) }
  }

  @Test func picturesOfAnEarlierReportGoAndOtherFilesStay() throws {
    _ = try Program().run("Samples/port-reuse.pcap", "-o", scratch.path("report.md"))
    try scratch.write([1], "report-assets/mine.svg")
    _ = try Program().run(
      "Samples/port-reuse.pcap", "--connection", "2", "-o", scratch.path("report.md"))
    #expect(try assets() == ["connection-2.svg", "mine.svg"])
  }

  @Test func aReportThatFailsTouchesNothing() throws {
    try scratch.write(Array("text".utf8), "no.pcap")
    let result = try Program().run(scratch.path("no.pcap"), "-o", scratch.path("report.md"))
    #expect(result.status == 65)
    #expect(try scratch.names() == ["no.pcap"])
  }

  @Test func manyConnectionsAreCountedNotDropped() throws {
    let result = try Program().run(
      "Samples/many.pcap", "-o", scratch.path("report.md"), "--max-diagrams", "2")
    #expect(result.status == 0)
    let text = String(decoding: try scratch.read("report.md"), as: UTF8.self)
    #expect(text.contains("1,500 more connections are not in this table"))
    #expect(text.contains("1,998 connections have no diagram here"))
    #expect(try assets().count == 3)
  }

  @Test func aTemplateReplacesOurs() throws {
    try scratch.write(
      Array(
        "{{% CONTENT_TYPE:TEXT}}\n{{> head}}{{#connections}}{{id}} {{outcome}}\n{{/connections}}"
          .utf8),
      "report.md.mustache")
    try scratch.write(Array("{{title}}\n".utf8), "head.mustache")
    let result = try Program().run(
      "Samples/refused.pcap", "-o", "-", "--format", "md", "--templates", scratch.folder.path)
    #expect(result.status == 0)
    #expect(result.text == "refused.pcap\n1 refused\n2 refused\n3 refused\n")
  }

  @Test func aBrokenTemplateIsOneLine() throws {
    try scratch.write(Array("one\n{{#open}}\n".utf8), "report.html.mustache")
    let result = try Program().run(
      "Samples/refused.pcap", "-o", "-", "--format", "html", "--templates", scratch.folder.path)
    #expect(result.status == 65)
    #expect(
      result.errors.hasPrefix(
        "tcptimeline: \(scratch.path("report.html.mustache")): is no Mustache template:"))
    #expect(result.errors.contains("(line "))
    #expect(result.errors.filter(\.isNewline).count == 1)
  }

  private func assets() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.path("report-assets")).sorted()
  }
}
