import Rendering
import TCPModel
import Testing

/// CSV and Zeek's conn.log: as many fields as columns, whatever the capture says.
@Suite struct TableReportTests {
  @Test func csvRowsHaveTheColumnsOfTheHeader() throws {
    let rows = records(of: ReportFixture.text(CSVReport()))
    #expect(rows.count == 3)
    let titles = rows[0]
    #expect(Set(titles).count == titles.count)
    for row in rows { #expect(row.count == titles.count) }
    let full = Dictionary(uniqueKeysWithValues: zip(titles, rows[1]))
    #expect(full["id"] == "7")
    #expect(full["server_address"] == "2001:db8::2")
    #expect(full["start"] == "2023-11-14T22:13:20.004184000Z")
    #expect(full["duration_ns"] == "1500000000")
    #expect(full["client_isn"] == "4294967295")
    #expect(full["server_rtt_ns"] == "19000000")
    #expect(full["server_rtt_mean_ns"] == "2")
    #expect(full["server_payload_bytes"] == "2500")
    #expect(full["teardown_kind"] == "four_way")
    #expect(full["client_retransmissions"] == "4")
    let unknown = Dictionary(uniqueKeysWithValues: zip(titles, rows[2]))
    for title in ["rtt_ns", "conn_state", "client_isn", "client_unique_bytes", "half_closed_ns"] {
      #expect(unknown[title] == "")
    }
  }

  @Test func csvQuotesText() {
    let text = ReportFixture.text(CSVReport())
    #expect(!text.holdsControls)
    #expect(text.contains("\"a|b`c\"\"d'<script>]]>&\\\\u{1b}[31m\\u{d}\\u{a}\\u{202e}"))
    #expect(text.split(separator: "\r\n").count == 3)
  }

  @Test func connLogRowsHaveTheFieldsOfTheHeader() throws {
    let lines = ReportFixture.text(ZeekConnLog()).split(separator: "\n").map(String.init)
    #expect(lines[0] == "#separator \\x09")
    #expect(lines[4] == "#path\tconn")
    #expect(lines[5] == "#open\t2023-11-14-22-13-20")
    let fields = lines[6].split(separator: "\t").dropFirst()
    let types = lines[7].split(separator: "\t").dropFirst()
    #expect(fields.count == types.count)
    let rows = lines[8...9].map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    for row in rows { #expect(row.count == fields.count) }
    let full = Dictionary(uniqueKeysWithValues: zip(fields.map(String.init), rows[0]))
    #expect(full["ts"] == "1700000000.004184")
    #expect(full["duration"] == "1.500000")
    #expect(full["orig_bytes"] == "200")
    #expect(full["missed_bytes"] == "40")
    #expect(full["history"] == "ShADadFf")
    let unknown = Dictionary(uniqueKeysWithValues: zip(fields.map(String.init), rows[1]))
    for field in ["duration", "orig_bytes", "conn_state", "missed_bytes", "history"] {
      #expect(unknown[field] == "-")
    }
    #expect(lines[10] == "#close\t2023-11-14-22-13-21")
  }

  @Test func uidsTellConnectionsApartAndAreTheSameInEveryRun() throws {
    let uids = ReportFixture.text(ZeekConnLog()).split(separator: "\n")[8...9].map {
      String($0.split(separator: "\t")[1])
    }
    #expect(Set(uids).count == 2)
    #expect(uids.allSatisfy { $0.count == 18 && $0.hasPrefix("C") })
    #expect(uids[0] == "CiRachXBDAiKgm6kT5")
  }

  /// RFC 4180: fields in quotes may hold anything, a doubled quote is one.
  private func records(of text: String) -> [[String]] {
    var records: [[String]] = [[""]]
    var isQuoted = false
    for character in text {
      switch character {
      case "\"":
        isQuoted.toggle()
      case "," where !isQuoted:
        records[records.count - 1].append("")
      case "\r\n" where !isQuoted:
        records.append([""])
      default:
        records[records.count - 1][records[records.count - 1].count - 1].append(character)
      }
    }
    return records.dropLast()
  }
}
