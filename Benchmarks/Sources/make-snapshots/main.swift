import Glibc

// make-snapshots FOLDER [--sockets N] [--snapshots N] [--form ss-tanoipem|ss-tan|proc-net-tcp]

func fail(_ text: String) -> Never {
  let line = "make-snapshots: \(text)\n"
  _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  exit(64)
}

var arguments = CommandLine.arguments.dropFirst()
guard let folder = arguments.popFirst(), !folder.hasPrefix("-") else {
  fail("name the folder to write to, then options: --sockets --snapshots --form")
}
var maker = SnapshotMaker()
var snapshots = 1
while let option = arguments.popFirst() {
  guard let text = arguments.popFirst() else { fail("\(option) needs a value") }
  switch option {
  case "--sockets": maker.sockets = Int(text) ?? 0
  case "--snapshots": snapshots = Int(text) ?? 0
  case "--form":
    guard let form = SnapshotMaker.Form(rawValue: text) else { fail("\(text) is no form") }
    maker.form = form
  default: fail("\(option) is no option")
  }
}
mkdir(folder, 0o777)
for number in 0..<snapshots {
  // Every five minutes from an evening on.
  let path = "\(folder)/\(1_791_763_200 + 300 * number)_\(maker.form.rawValue).txt"
  guard let file = fopen(path, "wb") else { fail("\(path) cannot be written") }
  maker.make(number) { bytes in
    if fwrite(bytes, 1, bytes.count, file) != bytes.count { fail("\(path): writing failed") }
  }
  if fclose(file) != 0 { fail("\(path): writing failed") }
}
print("\(snapshots) snapshots of \(maker.sockets) sockets")
