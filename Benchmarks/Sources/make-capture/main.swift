import Glibc

// make-capture OUT.pcap [--connections N] [--request BYTES] [--response BYTES] [--snaplen BYTES]
//   [--loss PER_MILLE] [--rate PER_SECOND] [--seed N] [--alike] [--hellos PER_CENT]

func fail(_ text: String) -> Never {
  let line = "make-capture: \(text)\n"
  _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  exit(64)
}

var arguments = CommandLine.arguments.dropFirst()
guard let path = arguments.popFirst(), !path.hasPrefix("-") else {
  fail(
    "name the file to write, then options: --connections --request --response --snaplen --loss "
      + "--rate --seed --hellos --alike"
  )
}
var plan = Plan()
while let option = arguments.popFirst() {
  if option == "--alike" {
    plan.isAlike = true
    continue
  }
  guard let text = arguments.popFirst(), let value = Int(text), value >= 0 else {
    fail("\(option) needs a whole number")
  }
  switch option {
  case "--connections": plan.connections = value
  case "--request": plan.request = value
  case "--response": plan.response = value
  case "--snaplen": plan.snapLength = value
  case "--loss": plan.lossPerMille = value
  case "--rate": plan.rate = max(1, value)
  case "--hellos": plan.hellos = value
  case "--seed": plan.seed = UInt64(value)
  default: fail("\(option) is no option")
  }
}
guard let file = fopen(path, "wb") else { fail("\(path) cannot be written") }
var maker = CaptureMaker(plan)
maker.make { bytes in
  if fwrite(bytes, 1, bytes.count, file) != bytes.count { fail("\(path): writing failed") }
}
if fclose(file) != 0 { fail("\(path): writing failed") }
print("\(plan.connections) connections, \(maker.packets) packets, \(maker.repeats) sent again")
