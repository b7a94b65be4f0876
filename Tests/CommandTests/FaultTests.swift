import Foundation
import TestSupport
import Testing

private let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
  .first { FileManager.default.isExecutableFile(atPath: $0) }

/// Every call to the system that a run makes fails once: the report is whole or untouched, the words
/// are one line, and nothing is left behind.
///
/// A library between the program and the C library counts the calls of one name and fails the one it
/// is told to; the test builds it, and counts up until a run does not get that far.
@Suite(.enabled(if: compiler != nil))
struct FaultTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(Array(Self.source.utf8), "shim.c")
    let result = try Shell(scratch: scratch).run(
      "\(compiler ?? "cc") -shared -fPIC -O1 -o shim.so shim.c -ldl")
    try #require(result.status == 0, "\(result.text)")
  }

  /// - Parameters:
  ///   - code: An `errno`, or minus the number of a signal.
  ///   - check: With the status, the words, and whether the report is the new one (true), the old one
  ///     (false) or neither (nil).
  private func failEach(
    _ call: String, _ code: Int32, writing output: String, input: String = "http.pcapng",
    atMost limit: Int = 400, _ check: (Int, Int32, String, Bool?) throws -> Void
  ) throws {
    let folder = scratch.folder
    let program = Program(folder: folder)
    let capture = Repository.sample(input)
    try clear()
    let wanted = try program.run([capture, "-o", output])
    try #require(wanted.status == 0, "\(wanted.errors)")
    let new = try contents()
    for count in 1...limit {
      try clear()
      try scratch.write(Array("old".utf8), output)
      let old = try contents()
      try scratch.write([], "flag")
      var faulty = program
      faulty.environment = [
        "LD_PRELOAD": scratch.path("shim.so"), "FAULT_CALL": call, "FAULT_COUNT": "\(count)",
        "FAULT_CODE": "\(code)", "FAULT_FLAG": scratch.path("flag"),
        "SWIFT_BACKTRACE": "enable=no",
      ]
      let result = try faulty.run([capture, "-o", output])
      let isReached = try !scratch.names().contains("flag")
      if !isReached { try FileManager.default.removeItem(atPath: scratch.path("flag")) }
      let found = try contents()
      try check(
        count, result.status, result.errors, found == new ? true : found == old ? false : nil)
      if !isReached { return }
    }
    Issue.record("\(call) was called more than \(limit) times")
  }

  private static let kept: Set<String> = ["shim.c", "shim.so", "flag"]

  /// Every file with its bytes, folders and what is hidden too.
  private func contents() throws -> [String: [UInt8]?] {
    var files: [String: [UInt8]?] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: scratch.folder.path)
    where !Self.kept.contains(name) {
      files[name] = try? scratch.read(name)
    }
    return files
  }

  private func clear() throws {
    for name in try scratch.names() where !Self.kept.contains(name) {
      try FileManager.default.removeItem(atPath: scratch.path(name))
    }
  }

  @Test(
    arguments: [
      ("open", 5), ("openat", 28), ("openat", 24), ("read", 5), ("write", 28), ("fsync", 5),
      ("renameat", 13), ("linkat", 28), ("mkdirat", 28), ("flock", 37), ("fchmod", 1),
    ] as [(String, Int32)])
  func aFailedCallLeavesAllOrNothing(_ call: String, _ code: Int32) throws {
    for output in ["r.md", "r.svg"] {
      try failEach(call, code, writing: output) { count, status, words, isNew in
        let place = "\(call) \(count) with \(code), \(output), status \(status): \(words)"
        #expect([0, 65, 66, 73, 74].contains(status), "\(place)")
        #expect(isNew == (status == 0), "\(place)")
        #expect(words.count(where: { $0 == "\n" }) == (status == 0 ? 0 : 1), "\(place)")
      }
    }
  }

  @Test(arguments: ["open", "openat", "read", "write", "fsync", "flock"])
  func anInterruptedCallIsMadeAgain(_ call: String) throws {
    try failEach(call, 4, writing: "r.svg") { count, status, words, isNew in
      let place = "\(call) \(count), status \(status): \(words)"
      // Opening a file is not interrupted but on file systems that say so.
      if call == "read" || call == "write" || call == "fsync" { #expect(status == 0, "\(place)") }
      #expect(isNew == (status == 0), "\(place)")
    }
  }

  /// Whichever thread reads, and wherever the others are.
  @Test func aReadOfASharedCaptureThatFailsIsToldAsAnyOther() throws {
    let sample = try Data(contentsOf: Repository.samples.appendingPathComponent("many.pcap"))
    var capture = sample
    while capture.count <= 4 << 20 { capture += sample.dropFirst(24) }
    try scratch.write(Array(capture), "large.pcap")
    let results = try ["1", "3"].map { threads in
      try scratch.write([], "flag")
      var program = Program(folder: scratch.folder)
      program.environment = [
        "LD_PRELOAD": scratch.path("shim.so"), "FAULT_CALL": "read", "FAULT_COUNT": "12",
        "FAULT_CODE": "5", "FAULT_FLAG": scratch.path("flag"), "SWIFT_BACKTRACE": "enable=no",
      ]
      return try program.run(["large.pcap", "-o", "r.csv", "--threads", threads])
    }
    #expect(results[0].status == 74)
    #expect(results[0].errors.contains("large.pcap: "), "\(results[0].errors)")
    #expect(results[1].status == results[0].status)
    #expect(results[1].errors == results[0].errors)
    #expect(try !scratch.names().contains("r.csv"))
  }

  /// Whatever the report looked like at that moment, its name is that of a whole one.
  @Test(arguments: ["openat", "write", "fsync", "linkat", "renameat"])
  func aKilledRunLeavesAWholeReport(_ call: String) throws {
    try failEach(call, -9, writing: "r.svg") { count, _, _, isNew in
      let report = try scratch.read("r.svg")
      let isWhole =
        report == Array("old".utf8) || String(decoding: report, as: UTF8.self).hasSuffix("</svg>\n")
      #expect(isWhole, "\(call) \(count)")
      // Between two names of one file there is no moment without a third.
      if call != "renameat", call != "linkat" { #expect(isNew != nil, "\(call) \(count)") }
    }
  }

  /// A history that is ended, or finds no room, at any moment is usable by the next run.
  @Test(
    arguments: [
      ("pwrite64", 28), ("pwrite64", -9), ("fdatasync", -9), ("unlink", -9), ("open64", -9),
    ] as [(String, Int32)])
  func aHistoryIsUsableAfterwards(_ call: String, _ code: Int32) throws {
    let snapshot = "LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n"
    for count in 1...200 {
      try clear()
      let night = try scratch.write(Array(snapshot.utf8), "2026-09-01T03:00Z.txt")
      try scratch.write([], "flag")
      var program = Program(folder: scratch.folder)
      let arguments = ["nightly", night, "--history", "nights.sqlite", "-o", "r.md"]
      program.environment = [
        "LD_PRELOAD": scratch.path("shim.so"), "FAULT_CALL": call, "FAULT_COUNT": "\(count)",
        "FAULT_CODE": "\(code)", "FAULT_FLAG": scratch.path("flag"),
        "SWIFT_BACKTRACE": "enable=no",
      ]
      _ = try program.run(arguments)
      let isReached = try !scratch.names().contains("flag")
      program.environment = [:]
      let next = try program.run(arguments)
      #expect(next.status == 0, "\(call) \(count) with \(code): \(next.errors)")
      if !isReached { return }
    }
    Issue.record("\(call) was called more than 200 times")
  }

  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <signal.h>
    #include <stdarg.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/file.h>
    #include <sys/stat.h>
    #include <sys/syscall.h>
    #include <sys/types.h>
    #include <unistd.h>

    static long left = -1;
    static int due(const char *name) {
      const char *call = getenv("FAULT_CALL"), *count = getenv("FAULT_COUNT");
      const char *flag = getenv("FAULT_FLAG"), *code = getenv("FAULT_CODE");
      if (!call || !count || !flag || !code || strcmp(call, name)) return 0;
      if (left < 0) left = atol(count);
      if (left == 0 || __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST)) return 0;
      syscall(SYS_unlinkat, AT_FDCWD, flag, 0);
      int number = atoi(code);
      if (number < 0) { syscall(SYS_kill, syscall(SYS_getpid), -number); for (;;) pause(); }
      errno = number;
      return 1;
    }
    #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
    #define WRAP(type, name, parameters, arguments) \\
      type name parameters { return due(#name) ? (type)-1 : REAL(name) arguments; }
    #define MODE mode_t mode = 0; \\
      if (flags & (O_CREAT | __O_TMPFILE)) { va_list l; va_start(l, flags); mode = va_arg(l, mode_t); va_end(l); }

    int open(const char *path, int flags, ...) {
      MODE return due("open") ? -1 : REAL(open)(path, flags, mode);
    }
    int open64(const char *path, int flags, ...) {
      MODE return due("open64") ? -1 : REAL(open64)(path, flags, mode);
    }
    int openat(int folder, const char *path, int flags, ...) {
      MODE return due("openat") ? -1 : REAL(openat)(folder, path, flags, mode);
    }
    int fcntl(int file, int command, ...) {
      va_list l; va_start(l, command); void *value = va_arg(l, void *); va_end(l);
      if (command == F_DUPFD_CLOEXEC && due("fcntl")) return -1;
      return REAL(fcntl)(file, command, value);
    }
    WRAP(ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count))
    WRAP(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
    WRAP(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
    WRAP(int, fsync, (int file), (file))
    WRAP(int, fdatasync, (int file), (file))
    WRAP(int, unlink, (const char *path), (path))
    WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
    WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
    WRAP(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
    WRAP(int, flock, (int file, int what), (file, what))
    WRAP(int, fchmod, (int file, mode_t mode), (file, mode))
    """
}
