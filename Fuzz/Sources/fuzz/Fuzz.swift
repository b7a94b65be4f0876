import FuzzTargets
import Glibc

// What libFuzzer calls; FUZZ_TARGET says which target.

private let target: FuzzTarget = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    print(
      "fuzz: FUZZ_TARGET is one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
    exit(64)
  }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  _ = target.run(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}

@_silgen_name("LLVMFuzzerMutate")
private func fuzzerMutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

@_cdecl("LLVMFuzzerCustomMutator")
public func fuzzMutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: CUnsignedInt
) -> Int {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  let changed = target.mutate(bytes, limit: limit, seed: UInt64(seed)) { part, most in
    let room = max(1, most, part.count)
    return [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      _ = buffer.update(fromContentsOf: part)
      count = fuzzerMutate(start, part.count, room)
    }
  }
  for index in 0..<min(limit, changed.count) { data[index] = changed[index] }
  return min(limit, changed.count)
}
