import Foundation
import TestSupport
import Testing

/// Every dependency is listed with its licence and reason, and nothing is that is none.
@Suite struct DependencyTests {
  private func text(_ path: String) throws -> String {
    try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
  }

  private func listed() throws -> [[Substring]] {
    try text("docs/dependencies.tsv").split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
  }

  @Test func theListIsThatOfThePackage() throws {
    let manifest = try text("Package.swift")
    let packages = manifest.matches(of: /package\(url: "[^"]*\/([^"\/]+)"/).map { String($0.1) }
    let libraries = manifest.matches(of: /pkgConfig: "([^"]+)"/).map { String($0.1) }
    let rows = try listed()
    #expect(rows.allSatisfy { $0.count == 4 && $0.allSatisfy { !$0.isEmpty } })
    #expect(Set(rows.filter { $0[1] == "package" }.map { String($0[0]) }) == Set(packages))
    // SQLite comes with one of the packages.
    #expect(
      Set(rows.filter { $0[1] == "library" }.map { String($0[0]) }) == Set(libraries + ["sqlite3"]))
  }

  @Test func thePageSaysTheSame() throws {
    let page = try text("docs/dependencies.md")
    for row in try listed() { #expect(page.contains("| \(row[3]) |"), "\(row[0])") }
  }
}
