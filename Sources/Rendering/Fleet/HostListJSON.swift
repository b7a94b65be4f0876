import TCPModel

/// Which files are of which host: a JSON object a line, for whoever wants to read them host by host.
public struct HostListJSON {
  private let hosts: [(host: HostName?, files: [String])]

  public init(_ hosts: [(host: HostName?, files: [String])]) {
    self.hosts = hosts
  }

  public func write(to output: inout ByteWriter) {
    for (host, files) in hosts {
      output.needsComma = false
      output.openObject()
      output.member("host", host?.name)
      output.member("host_basis", plain: host?.basis.rawValue)
      output.member("files", files)
      output.closeObject()
      output.literal("\n")
    }
  }
}
