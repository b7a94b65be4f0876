import Glibc
import Support

/// What becomes of signals: a run that is ended takes its temporary files with it, and one that only
/// loses a reader or hits a limit ends in words.
enum Signals {
  /// A file that is removed when a signal ends the program.
  struct Note {
    fileprivate var slot: Int
  }

  /// For the handler, which may neither allocate nor lock: folder and name. Written by the main
  /// thread alone; neither names nor tables are ever freed, because the handler may be reading them.
  private struct Entry {
    var folder: Int32
    var name: UnsafeMutablePointer<CChar>?
  }

  private struct Table {
    var entries: UnsafeMutablePointer<Entry>
    var count: Int
  }

  private nonisolated(unsafe) static var table = makeTable(64)

  private static func makeTable(_ count: Int) -> UnsafeMutablePointer<Table> {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: count)
    entries.initialize(repeating: Entry(folder: -1, name: nil), count: count)
    let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    table.initialize(to: Table(entries: entries, count: count))
    return table
  }

  /// Those that end a program and can be caught, but for the ones that say that it is broken.
  private static let ending: [Int32] = [
    SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF,
    SIGIO, SIGPWR,
  ]

  /// To be called once, at the start.
  static func prepare() {
    // A reader that closes the pipe, and a file that may grow no further, are failed writes.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    // The handler must not be the first to make it.
    _ = table.pointee.count
    InputEnd.prepare()
    for number in ending where !isIgnored(number) {
      signal(number) { number in
        // A capture that is still coming in ends, and what came of it is reported.
        if number == SIGINT, InputEnd.ask() { return }
        let table = Signals.table.pointee
        for slot in 0..<table.count {
          let entry = table.entries[slot]
          if let name = entry.name { unlinkat(entry.folder, name, 0) }
        }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// Whether the parent wants it ignored, as nohup(1) does.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    // SIG_IGN is a number in a pointer's place.
    return unsafeBitCast(action.__sigaction_handler, to: Int.self) == 1
  }

  /// As the signal would have ended the program: a shell sees 128 and its number.
  static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    raise(number)
    exit(128 + number)
  }

  static func removeAtEnd(_ name: String, in folder: OpenFolder) -> Note {
    let entry = Entry(folder: folder.descriptor, name: name.withPath(strdup))
    let (entries, count) = (table.pointee.entries, table.pointee.count)
    if let free = (0..<count).first(where: { entries[$0].name == nil }) {
      entries[free] = entry
      return Note(slot: free)
    }
    let larger = makeTable(2 * count)
    larger.pointee.entries.update(from: entries, count: count)
    larger.pointee.entries[count] = entry
    table = larger
    return Note(slot: count)
  }

  static func forget(_ note: Note) { table.pointee.entries[note.slot].name = nil }

  /// Puts the signals off while several files change places, which is soon over.
  static func heldBack(_ body: () -> Void) {
    var (held, before) = (sigset_t(), sigset_t())
    sigemptyset(&held)
    for number in ending { sigaddset(&held, number) }
    pthread_sigmask(SIG_BLOCK, &held, &before)
    body()
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// A closed standard input, output or error would give its number to the next file that is opened,
  /// and what is meant for one would land in the other. What stands in for it can neither be read nor
  /// written, as before.
  static func occupyStandardDescriptors() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      _ = open("/dev/null", mode)
    }
  }
}
