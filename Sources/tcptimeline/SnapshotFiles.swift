import Glibc
import TraceParsing

extension InputFiles {
  /// From the words on the command line to snapshot files. Folders become the snapshots in them, in
  /// the order of their names; other files are left alone.
  static func findSnapshots(_ arguments: [String]) throws(Failure) -> [InputCapture] {
    var files: [InputCapture] = []
    for argument in arguments {
      if argument == "-" {
        guard !files.contains(where: { $0.name == "-" }) else {
          throw Failure(.usage, "-: standard input can be read once; name it once")
        }
        files.append(try standardInput(isReadTwice: true))
      } else if FileIdentity.Status(path: argument)?.isDirectory == true {
        files += try snapshots(in: argument)
      } else {
        files.append(file(argument))
      }
    }
    return files
  }

  private static func snapshots(in path: String) throws(Failure) -> [InputCapture] {
    guard let names = Folder.names(in: path) else {
      throw Failure(.noInput, "\(path): cannot be opened (\(Failure.reason(errno)))")
    }
    var files: [InputCapture] = []
    for name in names {
      let path = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      guard FileIdentity.Status(path: path)?.isRegular == true else { continue }
      do {
        if try SnapshotFormat.recognise(path: path) != nil { files.append(file(path)) }
      } catch  where error.kind == .notACapture {
        continue
      } catch {
        throw Failure(error, in: path)
      }
    }
    guard !files.isEmpty else {
      throw Failure(
        .badInput,
        "\(path): no snapshot in this folder; name one with ss output or /proc/net/tcp files")
    }
    return files
  }
}
