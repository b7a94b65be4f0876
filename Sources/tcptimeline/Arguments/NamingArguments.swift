import ArgumentParser
import Support
import TCPModel

/// What addresses are called.
struct NamingArguments: ParsableArguments {
  @Option(
    name: .customLong("name"),
    help: ArgumentHelp("Call an address by a name.", valueName: "addr=name"))
  var names: [AddressName] = []

  @Flag(
    help: ArgumentHelp(
      "Show other addresses in place of the real ones, everywhere in the output; who shares a"
        + " network still does. The key is TCPTIMELINE_KEY from the environment, else the capture"
        + " itself."))
  var anonymize = false

  var namesByAddress: [IPAddress: String] {
    names.reduce(into: [:]) { $0[$1.address] = $1.name }
  }
}

/// `192.0.2.1=web`.
struct AddressName: Hashable, ExpressibleByArgument {
  var address: IPAddress
  var name: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="),
      let address = IPAddress(String(argument[..<sign])), sign < argument.indices.last ?? sign
    else { return nil }
    self.address = address
    name = String(argument[argument.index(after: sign)...])
  }
}
