import Foundation
import TestSupport
import Testing

/// What is not the report's stays as it is, whatever the report is called and however the run ends.
@Suite struct FileSafetyTests {
  private let shell: Shell

  init() throws {
    shell = Shell(scratch: try Scratch())
  }

  private func expect(_ script: String, _ location: SourceLocation = #_sourceLocation) throws {
    try shell.expect(script, location)
  }

  // MARK: Inputs and what lies beside the report

  @Test func anInputWhereAPictureWouldLieIsKept() throws {
    try expect(
      """
      mkdir r-assets; cp $CAPTURE r-assets/connection-1.svg; cp $CAPTURE r-assets/connection-99.svg
      refuses $TT r-assets/connection-1.svg r-assets/connection-99.svg -o r.md
      cmp $CAPTURE r-assets/connection-1.svg; cmp $CAPTURE r-assets/connection-99.svg
      refuses test -e r.md
      """)
  }

  @Test func anInputAmongOldPicturesIsNotRemoved() throws {
    try expect(
      """
      mkdir r-assets; cp $CAPTURE r-assets/connection-99.svg; touch r-assets/connection-98.svg
      $TT r-assets/connection-99.svg -o r.md
      cmp $CAPTURE r-assets/connection-99.svg; refuses test -e r-assets/connection-98.svg
      """)
  }

  @Test func aLinkInPlaceOfTheFolderForPicturesIsNotFollowed() throws {
    try expect(
      """
      mkdir other; touch other/connection-7.svg; ln -s other r-assets
      refuses $TT $CAPTURE -o r.md
      test -e other/connection-7.svg; test "$(ls other)" = connection-7.svg; refuses test -e r.md
      """)
  }

  @Test func moreThanSixtyFourPicturesAreOfOneRun() throws {
    try expect(
      """
      $TT $SAMPLES/many.pcap --max-diagrams 400 -o r.md
      test $(ls r-assets | wc -l) -gt 300; test -z "$(ls -A r-assets | grep '^[.]' || true)"
      """)
  }

  @Test func aTemplateIsAnInput() throws {
    try expect(
      """
      mkdir t; echo '{{title}}' >t/report.md.mustache
      refuses $TT $CAPTURE --templates t --format md -o t/report.md.mustache
      grep -q title t/report.md.mustache
      """)
  }

  @Test(arguments: ["h.md", "./h.md", "h.md-journal"])
  func theHistoryIsNotTheReport(_ output: String) throws {
    try expect(
      """
      for i in 1 2; do
        status=0; $TT nightly $SAMPLES/nightly/snapshots -o \(output) --format md --history h.md || status=$?
        test $status = 73
      done
      """)
  }

  @Test func aNameThatSQLiteHasForItselfIsAFile() throws {
    try expect(
      "$TT nightly $SAMPLES/nightly/snapshots -o n.md --history :memory:; test -s :memory:")
  }

  @Test func noNameIsNoHistory() throws {
    try expect(
      """
      status=0; $TT nightly $SAMPLES/nightly/snapshots -o n.md --history '' || status=$?
      test $status = 64
      """)
  }

  @Test func standardOutputIsAnInput() throws {
    try expect(
      """
      cp $CAPTURE x.pcapng; status=0; $TT x.pcapng >>x.pcapng || status=$?
      test $status = 73; cmp x.pcapng $CAPTURE
      """)
  }

  // MARK: Names of what is open

  @Test(arguments: ["/dev/fd/1", "/proc/self/fd/1", "/dev/stdout", "link"])
  func anOpenDescriptorIsWrittenWhereItStands(_ name: String) throws {
    try expect(
      """
      ln -s /dev/stdout link; echo kept >log
      $TT $CAPTURE --format csv -o \(name) >>log
      head -n 1 log | grep -q kept; test $(wc -l <log) -gt 2; test -L link
      """)
  }

  @Test func aDescriptorThatIsNotOpenIsNamed() throws {
    try expect("status=0; $TT $CAPTURE -o /dev/fd/77 || status=$?; test $status = 73")
  }

  @Test(arguments: ["2>&-", "<&-", "2>&- <&-", "2>&- >&- <&-"])
  func closedStandardDescriptorsTakeNoPartOfTheReport(_ closed: String) throws {
    try expect(
      """
      head -c 3000 $CAPTURE >cut.pcapng
      $TT cut.pcapng -o want.svg 2>/dev/null
      $TT cut.pcapng -o got.svg \(closed)
      cmp want.svg got.svg
      """)
  }

  @Test func aClosedStandardOutputIsAFailure() throws {
    try expect("status=0; $TT $CAPTURE >&- || status=$?; test $status = 74")
  }

  @Test func helpThatCannotBeWrittenIsAFailure() throws {
    try expect("status=0; $TT --help >/dev/full || status=$?; test $status = 74")
  }

  // MARK: Names that are no UTF-8

  @Test func bytesOfNoTextAreNamesToo() throws {
    try expect(
      """
      mkdir d; name=$(printf 'd/\\xff\\xfe.pcapng'); cp $CAPTURE "$name"
      $TT $CAPTURE --format csv -o want.csv
      $TT "$name" --format csv -o got.csv; cmp want.csv got.csv
      $TT d --format csv -o got.csv; cmp want.csv got.csv
      output=$(printf 'o\\xff'); $TT $CAPTURE -o "$output.md"; test -s "$output.md"
      test -s "$output-assets/overview.svg"
      $TT "$name" | head -n 1 | grep -qF '\\xff\\xfe.pcapng'
      """)
  }

  // MARK: Signals and limits

  /// But for INT, which ends a pipe's input.
  @Test(arguments: ["TERM", "HUP", "QUIT", "XCPU", "USR1"])
  func aSignalLeavesNothingBehind(_ signal: String) throws {
    try expect(
      """
      mkfifo f; echo old >r.svg
      # Children of a script ignore two of them.
      env --default-signal=INT,QUIT $TT - -o r.svg <f & pid=$!
      exec 3>f; head -c 200 $CAPTURE >&3; sleep 0.3
      kill -\(signal) $pid; status=0; wait $pid || status=$?
      test $status = $((128 + $(kill -l \(signal))))
      test "$(cat r.svg)" = old; rm f; test "$(ls -A)" = "$(printf 'r.svg\\nshell-output')"
      """)
  }

  @Test func whatTheParentIgnoresStaysIgnored() throws {
    try expect(
      """
      mkfifo f; ( trap '' HUP; exec $TT - -o r.svg <f ) & pid=$!
      exec 3>f; head -c 200 $CAPTURE >&3; sleep 0.3; kill -HUP $pid; sleep 0.1
      tail -c +201 $CAPTURE >&3; exec 3>&-; wait $pid; grep -q '<svg' r.svg
      """)
  }

  @Test func aClosedStandardErrorPipeDoesNotStopTheReport() throws {
    try expect(
      """
      head -c 3000 $CAPTURE >cut.pcapng
      { sleep 0.2; $TT cut.pcapng -o r.svg; echo $? >status; } 2> >(exec true)
      sleep 0.1; test $(cat status) = 0; grep -q '<svg' r.svg
      """)
  }

  @Test func aReaderThatLeavesEndsTheProgramAsTheSignalWould() throws {
    try expect(
      """
      set +e; $TT $SAMPLES/many.pcap --format json | head -c 1 >/dev/null
      test ${PIPESTATUS[0]} = 141
      """)
  }

  @Test func aFileThatMayNotGrowIsAFailureInWords() throws {
    try expect(
      """
      echo old >r.svg; status=0
      ( ulimit -f 1; $TT $CAPTURE -o r.svg ) 2>errors || status=$?
      test $status = 74; grep -q 'File too large' errors; test "$(cat r.svg)" = old
      """)
  }

  // MARK: Whose they are

  @Test func whatNamesProcessesIsNotForEverybody() throws {
    try expect(
      """
      umask 022
      $TT nightly $SAMPLES/nightly/snapshots -o n.html --history h.sqlite
      $TT $CAPTURE -o r.html; $TT snapshot -o s
      test $(stat -c %a n.html h.sqlite | sort -u) = 640; test $(stat -c %a r.html) = 644
      test "$(stat -c %a s/*.txt | sort -u)" = 640; test $(stat -c %a s) = 750
      """)
  }

  @Test func permissionsOfTheFileBeforeStay() throws {
    try expect(
      """
      touch r.svg; chmod 604 r.svg; $TT $CAPTURE -o r.svg; test $(stat -c %a r.svg) = 604
      """)
  }
}
