import Foundation
import PackagePlugin

/// A language is a file `Templates/texts.CODE.txt`: what is there when the program is built is in it.
/// This lies beside them because the package manager looks for new and lost files where sources are.
@main struct EmbedLanguages: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let package = context.package.directoryURL
    let templates = package.appending(path: "Templates")
    let script = package.appending(path: "Packaging/languages.sh")
    let source = context.pluginWorkDirectoryURL.appending(path: "LanguageFiles.swift")
    let files = try FileManager.default.contentsOfDirectory(atPath: templates.path)
      .filter { $0.hasPrefix("texts.") && $0.hasSuffix(".txt") }.sorted()
      .map { templates.appending(path: $0) }
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) languages", executable: URL(filePath: "/bin/sh"),
        arguments: [script.path, source.path] + files.map(\.path),
        inputFiles: [script] + files, outputFiles: [source])
    ]
  }
}
