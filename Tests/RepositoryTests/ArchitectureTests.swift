import Foundation
import TestSupport
import Testing

/// `docs/architecture.md` and the tree say the same.
@Suite struct ArchitectureTests {
  private static let read = Result { (try SourceTree(), try ArchitecturePlan()) }
  private let tree: SourceTree
  private let plan: ArchitecturePlan

  init() throws {
    (tree, plan) = try Self.read.get()
  }

  @Test func everyModuleIsInThePlan() {
    #expect(Set(tree.modules.map(\.name)) == Set(plan.imports.keys))
  }

  @Test func noModuleImportsWhatItMayNot() {
    let own = Set(tree.modules.map(\.name))
    for module in tree.modules {
      guard let allowed = plan.imports[module.name] else { continue }
      for file in module.files {
        for name in file.imports where own.contains(name) && !allowed.contains(name) {
          Issue.record("\(file.path) imports \(name): the plan lets it not")
        }
      }
    }
  }

  @Test func whatTheTableAllowsIsUsed() {
    for module in tree.modules {
      let used = Set(module.files.flatMap(\.imports))
      let unused = (plan.imports[module.name] ?? []).subtracting(used)
      #expect(unused == [], "\(module.name) imports these no more: take them out of the table")
    }
  }

  /// Files that need each other are one file in several places, but for those that the plan names.
  @Test func noCirclesButThoseOfThePlan() {
    for module in tree.modules {
      for circle in module.circles
      where !plan.circles.contains(where: { circle.isSubset(of: $0.files) }) {
        Issue.record("\(circle.sorted().joined(separator: ", ")) need each other")
      }
    }
  }

  /// A folder with a reason would give one to whatever comes into it.
  @Test func thePlanNamesTheFilesOfACircle() {
    let files = Set(tree.modules.flatMap(\.files).map(\.path))
    for circle in plan.circles {
      #expect(circle.files.subtracting(files) == [], "these are no files")
      #expect(!circle.reason.isEmpty, "\(circle.files)")
    }
  }

  @Test func noFileIsLongerThanItShouldBe() {
    for file in tree.modules.flatMap(\.files) {
      #expect(file.lines <= 600, "\(file.path)")
    }
  }

  @Test func theFinderSeesACircleAndNoMore() {
    func file(_ path: String, _ code: String) -> SourceTree.File {
      SourceTree.File(path: path, code: SourceTree.code(of: code), lines: 0)
    }
    let module = SourceTree.Module(
      name: "M",
      files: [
        file("a", "struct A { var b: B }"), file("b", "final class B { func c(_ c: C) {} }"),
        file("c", "enum C { case a(A) }\nprivate struct D {}"),
        file("d", "struct D { // A\n  var text = \"\\\"A\"; var c: C }"),
      ])
    #expect(module.circles == [["a", "b", "c"]])
  }
}

/// The tables of `docs/architecture.md`.
struct ArchitecturePlan: Sendable {
  /// Module to what it may import.
  var imports: [String: Set<String>] = [:]
  var circles: [Circle] = []

  /// Files that need each other, `Module/Folder/File.swift`, and why.
  struct Circle {
    var files: Set<String>
    var reason: String
  }

  init() throws {
    let file = Repository.root.appendingPathComponent("docs/architecture.md")
    var head: [Substring] = []
    for line in try String(contentsOf: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      guard line.hasPrefix("|") else {
        head = []
        continue
      }
      let cells = line.split(separator: "|").map { $0.trimming(while: \.isWhitespace) }
      if head.isEmpty {
        head = cells
        continue
      }
      if cells[0].hasPrefix("-") { continue }
      switch head[0] {
      case "module":
        imports[ArchitecturePlan.names(cells[0])[0]] = Set(ArchitecturePlan.names(cells[2]))
      case "files that need each other":
        circles.append(
          Circle(files: Set(ArchitecturePlan.names(cells[0])), reason: String(cells[1])))
      default: break
      }
    }
    if imports["tcptimeline"] == ["all"] {
      imports["tcptimeline"] = Set(imports.keys).subtracting(["tcptimeline", "TCPTimeline"])
    }
  }

  /// `` `A`, `B` ``, or a word without quotes.
  private static func names(_ cell: Substring) -> [String] {
    let quoted = cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    return quoted.isEmpty && cell != "-" ? [String(cell)] : quoted
  }
}

extension Substring {
  fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
    let head = drop(while: isTrimmed)
    guard let last = head.lastIndex(where: { !isTrimmed($0) }) else { return head }
    return head[...last]
  }
}
