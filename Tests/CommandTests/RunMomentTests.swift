import Foundation
import TestSupport
import Testing

/// Runs that end at any moment, or go on beside each other, or have less than they need: what they write
/// is whole or untouched, and nothing of theirs stays.
@Suite struct RunMomentTests {
  private let shell: Shell

  init() throws {
    shell = Shell(scratch: try Scratch())
  }

  /// - Parameter script: May ask `whole` whether a picture or a report with pictures is the old one, or a
  ///   whole new one with all its pictures.
  private func expect(_ script: String, _ location: SourceLocation = #_sourceLocation) throws {
    let seed = Int.random(in: 1...30_000)
    try shell.expect(
      """
      RANDOM=\(seed)
      whole() {
        case $1 in
        *.svg) test "$(cat $1)" = old || test "$(tail -c 7 $1)" = '</svg>' ;;
        *.md) test "$(cat $1)" = old || { grep -o '(r-assets/[^)]*)' $1 | tr -d '()' | while read -r p
          do test "$(tail -c 7 "$p")" = '</svg>' || exit 1; done; } ;;
        esac
      }
      short() { sleep 0.0$((RANDOM % 90 + 10)); }

      """ + script, note: "seed \(seed): ", location)
  }

  // MARK: At any moment

  @Test(arguments: ["r.svg", "r.md"])
  func aKilledRunLeavesTheOldOrTheNew(_ output: String) throws {
    try expect(
      """
      for i in $(seq 8); do
        rm -rf r-assets; echo old >\(output)
        $TT $CAPTURE -o \(output) & pid=$!
        short; kill -9 $pid 2>/dev/null || true; wait $pid 2>/dev/null || true
        test -s \(output); case \(output) in *.svg) whole \(output);; esac
        $TT $CAPTURE -o \(output); whole \(output)
      done
      """)
  }

  @Test func aKilledNightLeavesAHistoryThatServes() throws {
    try expect(
      """
      for i in $(seq 8); do
        test $((i % 3)) != 0 || rm -f h.sqlite*
        $TT nightly $SAMPLES/nightly/snapshots -o n.html --history h.sqlite & pid=$!
        short; kill -9 $pid 2>/dev/null || true; wait $pid 2>/dev/null || true
        $TT nightly $SAMPLES/nightly/snapshots -o n.html --history h.sqlite
      done
      grep -q '</html>' n.html
      """)
  }

  @Test(arguments: ["INT", "TERM", "HUP"])
  func aSignalAtAnyMomentLeavesTheOldOrTheNew(_ signal: String) throws {
    try expect(
      """
      for i in $(seq 8); do
        rm -rf r-assets; echo old >r.md
        env --default-signal=INT,HUP,TERM $TT $CAPTURE -o r.md & pid=$!
        short; kill -\(signal) $pid 2>/dev/null || true; status=0; wait $pid 2>/dev/null || status=$?
        test $status = 0 || test $status = $((128 + $(kill -l \(signal))))
        test $status = 0 || test "$(cat r.md)" = old
        test $status = 0 || test ! -e r-assets || test -z "$(ls -A r-assets)"
        whole r.md; test -z "$(find . -name '.?*')"
      done
      """)
  }

  // MARK: Beside each other

  @Test(arguments: ["r.svg", "r.md"])
  func runsOnOneOutputLeaveThatOfOne(_ output: String) throws {
    try expect(
      """
      echo old >\(output)
      for round in 1 2; do
        pids=; for i in 1 2 3 4 5 6; do
          $TT $CAPTURE $SAMPLES/ipv6.pcapng --limit $i -o \(output) & pids="$pids $!"
        done
        for pid in $pids; do wait $pid; done
        whole \(output); test "$(cat \(output))" != old; test -z "$(find . -name '.?*')"
      done
      """)
  }

  @Test func runsOnOneHistoryWaitForEachOther() throws {
    try expect(
      """
      pids=; for i in 1 2 3 4 5 6; do
        $TT nightly $SAMPLES/nightly/snapshots -o n$i.html --history h.sqlite & pids="$pids $!"
      done
      for pid in $pids; do
        status=0; wait $pid || status=$?
        # Another one had it for too long: said, and nothing is lost but that run's comparison.
        test $status = 0 || test $status = 74 || test $status = 73
      done
      $TT nightly $SAMPLES/nightly/snapshots -o n.html --history h.sqlite
      test $(stat -c %a h.sqlite) = 640
      """)
  }

  // MARK: With less than is needed

  @Test func withoutDescriptorsAFailureIsInWords() throws {
    try expect(
      """
      echo old >r.md
      for count in 3 4 5 7 9 12; do
        status=0; ( ulimit -n $count; exec $TT $CAPTURE -o r.md ) 2>errors || status=$?
        case $status in 0|66|73|74) ;; 127) grep -q 'error while loading' errors ;; *) exit 1 ;; esac
        whole r.md; test $(wc -l <errors) -le 1; test -z "$(find . -name '.?*')"
      done
      """)
  }

  @Test func withoutMemoryTheOldReportStays() throws {
    try expect(
      """
      for megabytes in 20 60 120; do
        echo old >r.svg
        ( ulimit -c 0; ulimit -v $((megabytes * 1000)); exec $TT $SAMPLES/many.pcap -o r.svg ) \\
          2>/dev/null || true
        whole r.svg; test -z "$(find . -name '.?*')"
      done
      """)
  }

  @Test(arguments: ["/nonexistent", "/dev/null", "/proc"])
  func aFolderForCopiesThatIsNoneIsNamed(_ folder: String) throws {
    try expect(
      """
      status=0; TMPDIR=\(folder) $TT <(cat $CAPTURE) -o r.svg 2>errors || status=$?
      test $status = 74; grep -q 'TMPDIR' errors; test $(wc -l <errors) = 1; test ! -e r.svg
      # What is read once needs none.
      TMPDIR=\(folder) $TT $CAPTURE -o r.svg
      """)
  }

  @Test func anInputThatShrinksOrVanishesIsNamed() throws {
    try expect(
      """
      for i in $(seq 9); do
        cp $SAMPLES/many.pcap x.pcap; status=0
        $TT x.pcap --format json -o r.json 2>errors & pid=$!
        short
        case $((i % 3)) in 0) truncate -s 1000 x.pcap;; 1) rm x.pcap;; 2) : >x.pcap;; esac
        wait $pid || status=$?
        case $status in 0|65|66|74) ;; *) exit 1;; esac
        if test $status = 0; then tail -c 3 r.json | grep -q '}'; else test $(wc -l <errors) -ge 1; fi
        rm -f r.json
      done
      """)
  }
}
