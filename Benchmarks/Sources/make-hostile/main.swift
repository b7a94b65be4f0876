import Glibc

// make-hostile KIND OUT.pcap FRAMES
//
// A capture that is meant to cost more than its size says. KIND usual is one that is not.

func fail(_ text: String) -> Never {
  let line = "make-hostile: \(text)\n"
  _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  exit(64)
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let kind = HostileKind(rawValue: arguments[1]),
  let frames = Int(arguments[3]), frames > 0
else {
  fail("KIND OUT.pcap FRAMES; a kind is one of \(HostileKind.allCases.map(\.rawValue))")
}
guard let file = fopen(arguments[2], "wb") else { fail("\(arguments[2]) cannot be written") }
var writer = FrameWriter { bytes in
  if fwrite(bytes, 1, bytes.count, file) != bytes.count { fail("writing failed") }
}
kind.write(frames, to: &writer)
writer.flush()
if fclose(file) != 0 { fail("writing failed") }
