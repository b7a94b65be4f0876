import TCPModel
import Testing

@testable import TraceParsing

@Suite struct SocketDetailTests {
  private func read(_ details: String, state: String = "ESTAB") throws -> SnapshotFixture {
    let read = try SnapshotFixture("\(state) 0 0 192.0.2.1:22 198.51.100.7:50000 \(details)\n")
    #expect(read.sockets.count == 1)
    return read
  }

  private func socket(_ details: String, state: String = "ESTAB") throws -> SocketSample {
    let read = try read(details, state: state)
    #expect(read.unknown.isEmpty)
    #expect(read.info.skipped.isEmpty)
    return try #require(read.sockets.first)
  }

  // MARK: Timers

  @Test(arguments: [
    ("on,200ms,3", SocketTimer.Kind.on, 200_000_000, 3),
    ("on,1.024ms,0", .on, 1_024_000_000, 0),
    ("on,1.024sec,0", .on, 1_024_000_000, 0),
    ("keepalive,1min59sec,0", .keepalive, 119_000_000_000, 0),
    ("keepalive,118min,2", .keepalive, 7_080_000_000_000, 2),
    ("timewait,59sec,0", .timewait, 59_000_000_000, 0),
    ("persist,024ms,7", .persist, 24_000_000, 7),
    ("delack,40ms,0", .delack, 40_000_000, 0),
    ("unknown,9.001sec,0", .unknown, 9_001_000_000, 0),
  ])
  func timers(text: String, kind: SocketTimer.Kind, expires: Nanoseconds, count: UInt32) throws {
    let timer = try socket("timer:(\(text))").timer
    #expect(timer == SocketTimer(kind: kind, expires: expires, retransmissions: count))
  }

  @Test func aTimerThatHasExpiredHasNoTime() throws {
    let timer = try socket("timer:(on,,0)").timer
    #expect(timer == SocketTimer(kind: .on, expires: nil, retransmissions: 0))
  }

  // MARK: Owners

  @Test func processListsNewAndOld() throws {
    let new = try read("users:((\"sshd\",pid=745,fd=3),(\"sshd\",pid=720,fd=3))")
    #expect(new.processes(0) == ["sshd/745", "sshd/720"])
    let old = try read("users:((\"sshd\",745,3),(\"nginx\",7,4))")
    #expect(old.processes(0) == ["sshd/745", "nginx/7"])
    let threads = try read("users:((\"sshd\",pid=745,tid=746,fd=3))")
    #expect(threads.processes(0) == ["sshd/745"])
    let context = try read(
      "users:((\"sshd\",pid=745,proc_ctx=system_u:system_r:sshd_t:s0-s0:c0.c1023,fd=3))")
    #expect(context.processes(0) == ["sshd/745"])
  }

  @Test func oneProcessWithTwoDescriptorsIsListedOnce() throws {
    #expect(try read("users:((\"a\",pid=7,fd=3),(\"a\",pid=7,fd=4))").processes(0) == ["a/7"])
  }

  @Test(arguments: [
    "a b", "quo\"te", "x\",pid", "br)ack(ets", "pipe|`tick`", "]]><script>", "\u{1B}[31mred",
    "", "\"", "fd=3)", "コンピュータ", "a\",\"b", "comma,1,2", "x\",pid=1,fd=2", "x\",1,2",
  ])
  func awkwardNamesAreKeptWhole(name: String) throws {
    let read = try read("users:((\"\(name)\",pid=9,fd=3)) ino:7 sk:1")
    #expect(read.processes(0) == ["\(name)/9"])
    #expect(read.sockets[0].inode == 7)
    #expect(read.unknown.isEmpty)
  }

  @Test func aNameWithLineFeedsIsKeptWhole() throws {
    let read = try read("users:((\"we\n\nb\",pid=9,fd=3)) ino:7 sk:1\n\t cubic cwnd:10")
    #expect(read.processes(0) == ["we\n\nb/9"])
    #expect(read.sockets[0].inode == 7)
    #expect(read.sockets[0].info?.congestionWindow == 10)
  }

  @Test func aLongNameIsCutAndCounted() throws {
    let name = String(repeating: "n", count: 64 << 10)
    let read = try read("users:((\"\(name)\",pid=9,fd=3)) ino:7")
    #expect(read.processes(0) == [String(repeating: "n", count: 255) + "/9"])
    #expect(read.info.skipped == ["process name cut": 1])
    #expect(read.sockets[0].inode == 7)
  }

  @Test func aListThatIsCutOffDoesNotSwallowTheNextRow() throws {
    let read = try SnapshotFixture(
      """
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000 users:(("ssh
      ESTAB 0 0 192.0.2.1:22 198.51.100.7:50001 users:(("sshd",pid=745,fd=3))

      """)
    #expect(read.sockets.map(\.remote.port) == [50000, 50001])
    #expect(read.processes(0).isEmpty)
    #expect(read.processes(1) == ["sshd/745"])
    #expect(read.info.skipped == ["cut-off process list": 1])
  }

  @Test func uidZeroIsWhatSsLeavesOut() throws {
    #expect(try socket("ino:12 sk:5").uid == 0)
    #expect(try socket("uid:33 ino:12 sk:5").uid == 33)
    #expect(try socket("ino:0 sk:5", state: "TIME-WAIT").uid == nil)
    #expect(try socket("").uid == nil)
  }

  @Test func extendedDetails() throws {
    let read = try read(
      "uid:33 ino:572515 sk:ffff88015e39e180 fwmark:0x1f cgroup:/system.slice/a.service v6only:1 "
        + "--> tos:0x10 tclass:0 class_id:0xff inet-sockopt: ( recverr is_icsk) opt:\"a b\"")
    let socket = read.sockets[0]
    #expect(read.unknown.isEmpty)
    #expect(socket.inode == 572_515)
    #expect(socket.cookie == 0xFFFF_8801_5E39_E180)
    #expect(socket.mark == 0x1F)
    #expect(socket.cgroup.map { read.names[$0] } == "/system.slice/a.service")
    #expect(socket.isIPv6Only == true)
    #expect(socket.shutdown == .receive)
    #expect(socket.typeOfService == 0x10 && socket.trafficClass == 0 && socket.classID == 0xFF)
  }

  @Test(arguments: [
    ("<->", ShutdownSides()), ("-->", ShutdownSides.receive), ("<--", ShutdownSides.send),
    ("---", ShutdownSides(rawValue: 3)),
  ])
  func shutdownGlyphs(glyph: String, sides: ShutdownSides) throws {
    #expect(try socket("ino:1 sk:2 \(glyph)").shutdown == sides)
  }

  @Test func aCookieOfZeroIsNone() throws {
    #expect(try socket("ino:1 sk:0").cookie == nil)
  }

  @Test func memory() throws {
    let memory = try socket("skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)").memory
    var expected = SocketMemory()
    expected.receiveAllocated = 1
    expected.receiveBuffer = 2
    expected.sendAllocated = 3
    expected.sendBuffer = 4
    expected.forwardAllocated = 5
    expected.sendQueued = 6
    expected.optionMemory = 7
    expected.backlog = 8
    expected.drops = 9
    #expect(memory == expected)
    let old = try socket("mem:(r1,w6,f5,t3)").memory
    #expect(old?.receiveAllocated == 1 && old?.sendQueued == 6 && old?.sendAllocated == 3)
    #expect(old?.receiveBuffer == nil && old?.drops == nil)
  }

  // MARK: tcp_info

  @Test func figuresOfIproute2Six() throws {
    let read = try read(
      "ts sack bbr wscale:10,7 rto:204 backoff:2 rtt:0.009/0.006 ato:40 mss:1448 pmtu:1500 "
        + "rcvmss:536 advmss:1448 cwnd:11 ssthresh:7 bytes_sent:204 bytes_retrans:5 "
        + "bytes_acked:204 bytes_received:8 segs_out:3 segs_in:5 data_segs_out:1 data_segs_in:1 "
        + "bbr:(bw:14563546872bps,mrtt:0.018,pacing_gain:2.88672,cwnd_gain:2.88672) "
        + "send 14158222222bps lastsnd:168 lastrcv:169 lastack:170 "
        + "pacing_rate 41381690624bps/99bps delivery_rate 551619040bps delivered:2 "
        + "delivered_ce:1 app_limited busy:44ms rwnd_limited:36ms(81.8%) "
        + "sndbuf_limited:4ms(9.1%) unacked:4 retrans:1/6 lost:1 sacked:2 dsack_dups:3 fackets:9 "
        + "reordering:5 reord_seen:1 rcv_rtt:31.5 rcv_space:14480 rcv_ssthresh:64088 notsent:77 "
        + "minrtt:0.008 rcv_ooopack:4 snd_wnd:64512 rcv_wnd:458496 rehash:2")
    #expect(read.unknown.isEmpty)
    let info = try #require(read.sockets[0].info)
    #expect(info.flags == [.timestamps, .sack, .applicationLimited])
    #expect(info.congestionControl.map { read.names[$0] } == "bbr")
    #expect(info.sendWindowScale == 10 && info.receiveWindowScale == 7)
    #expect(info.retransmissionTimeout == 204_000_000 && info.backoff == 2)
    #expect(info.rtt == 9_000 && info.rttVariation == 6_000 && info.minimumRTT == 8_000)
    #expect(info.mss == 1448 && info.pathMTU == 1500 && info.receiveMSS == 536)
    #expect(info.congestionWindow == 11 && info.slowStartThreshold == 7)
    #expect(info.bytesSent == 204 && info.bytesRetransmitted == 5 && info.bytesReceived == 8)
    #expect(info.bbr?.bandwidth == 14_563_546_872 && info.bbr?.minimumRTT == 18_000)
    #expect(info.bbr?.pacingGain == 739 && info.bbr?.windowGain == 739)
    #expect(info.sendRate == 14_158_222_222 && info.deliveryRate == 551_619_040)
    #expect(info.pacingRate == 41_381_690_624 && info.maximumPacingRate == 99)
    #expect(info.lastSent == 168_000_000 && info.lastACK == 170_000_000)
    #expect(info.busy == 44_000_000 && info.receiveWindowLimited == 36_000_000)
    #expect(info.sendBufferLimited == 4_000_000)
    #expect(info.retransmitting == 1 && info.totalRetransmissions == 6 && info.lost == 1)
    #expect(info.duplicateSACKs == 3 && info.forwardACKs == 9 && info.reorderingSeen == 1)
    #expect(info.receiveRTT == 31_500_000 && info.notSent == 77 && info.outOfOrder == 4)
    #expect(info.sendWindow == 64_512 && info.receiveWindow == 458_496 && info.rehash == 2)
  }

  @Test(arguments: [
    ("1.2Mbps", UInt64(1_200_000)), ("3.66Kbps", 3_660), ("14.2Gbps", 14_200_000_000),
    ("1Tbps", 1_000_000_000_000), ("999bps", 999), ("12.5kbps", 12_500),
    ("1.1666e+06bps", 1_166_600),
  ])
  func rates(text: String, bits: UInt64) throws {
    #expect(try socket("cwnd:1 send \(text)").info?.sendRate == bits)
  }

  @Test func figuresInScientificNotation() throws {
    let info = try #require(try socket("rto:1.2e+05 rtt:1.5e-05/2e+00 cwnd:1").info)
    #expect(info.retransmissionTimeout == 120_000_000_000)
    #expect(info.rtt == 15 && info.rttVariation == 2_000_000)
  }

  @Test func zerosThatSsLeavesOutByRule() throws {
    let info = try #require(try socket("cubic rto:204 cwnd:10 segs_in:3 minrtt:1 snd_wnd:5").info)
    #expect(info.totalRetransmissions == 0 && info.lost == 0 && info.unacknowledged == 0)
    #expect(info.bytesAcked == 0 && info.bytesReceived == 0 && info.segmentsOut == 0)
    #expect(info.notSent == 0 && info.outOfOrder == 0 && info.reordering == 3)
    // Not known of this version of ss, or never a zero.
    #expect(info.bytesSent == nil && info.deliveredCE == nil && info.rehash == nil)
    #expect(info.slowStartThreshold == nil && info.rtt == nil && info.busy == nil)
  }

  @Test func aListenerHasNoZeros() throws {
    let info = try #require(try socket("cubic cwnd:10", state: "LISTEN").info)
    #expect(info.congestionWindow == 10)
    #expect(info.totalRetransmissions == nil && info.lost == nil)
  }

  @Test func upperLayersAndOtherCongestionControls() throws {
    let read = try read(
      "usec_ts ecn ecnseen fastopen brutal_2 rto:204 cwnd:3 qack:15 bidir dctcp:fallback_mode "
        + "md5keys:10.0.0.1/32=a\\040b tcp-ulp-tls version: 1.3 cipher: aes-gcm-128 rxconf: sw "
        + "txconf: hw zc_ro_tx no_pad_rx")
    #expect(read.unknown.isEmpty)
    let info = try #require(read.sockets[0].info)
    #expect(info.congestionControl.map { read.names[$0] } == "brutal_2")
    #expect(
      info.flags == [
        .microsecondTimestamps, .ecn, .ecnSeen, .fastOpen, .bidirectional, .upperLayer,
      ])
    #expect(info.quickACKs == 15)
    #expect(info.dctcp == TCPInfo.DCTCP())
  }

  @Test func dctcp() throws {
    let info = try socket("dctcp cwnd:1 dctcp:(ce_state:1,alpha:1024,ab_ecn:7,ab_tot:9)").info
    #expect(info?.dctcp?.congestionState == 1 && info?.dctcp?.alpha == 1024)
    #expect(info?.dctcp?.markedBytes == 7 && info?.dctcp?.totalBytes == 9)
  }

  // MARK: What is not known

  @Test func unknownWordsAreCountedAndNamed() throws {
    let read = try read("cwnd:10 teleport:42 warp rtt:abc/1 ino:7")
    #expect(read.unknown == ["teleport:42": 1, "warp": 1, "rtt:abc/1": 1])
    #expect(read.sockets[0].inode == 7)
    #expect(read.info.remarks == ["3 words are not known: rtt:abc/1 teleport:42 warp"])
  }

  @Test func onlyWhatTellsALifeIsKeptWhereNoMoreIsWanted() throws {
    let text = """
      ESTAB 0 7 192.0.2.1:22 198.51.100.7:50000 users:(("a",pid=7,fd=3)) timer:(on,200ms,1) uid:33 \
      ino:5 sk:1a cgroup:/a.slice <-> skmem:(r0) ts sack cubic rto:204 rtt:abc/1 cwnd:10 \
      bytes_acked:80 segs_out:9 send 1.2Mbps retrans:0/4 teleport:42
      """
    let all = try SnapshotFixture(text)
    let life = try SnapshotFixture(text, keeping: .lifecycle)
    #expect(all.unknown == ["rtt:abc/1": 1, "teleport:42": 1])
    #expect(life.unknown == ["teleport:42": 1])
    let (whole, socket) = (all.sockets[0], life.sockets[0])
    #expect(life.processes(0) == ["a/7"])
    #expect((socket.inode, socket.cookie, socket.uid) == (5, 0x1A, 33))
    #expect(socket.timer == whole.timer && socket.sendQueue == 7)
    #expect(socket.info?.bytesAcked == 80 && socket.info?.segmentsOut == 9)
    #expect(socket.info?.segmentsIn == 0 && socket.info?.totalRetransmissions == 4)
    #expect(whole.cgroup != nil && whole.memory != nil && whole.info?.sendRate == 1_200_000)
    #expect(socket.cgroup == nil && socket.memory == nil && socket.info?.sendRate == nil)
  }

  /// The word that followed last time is tried first: rows that differ, or have a word that begins
  /// like it, are read all the same.
  @Test func wordsMayComeInAnyOrder() throws {
    let rows = [
      "ts sack ecn ecnseen cwnd:1 sacked:3", "ts sack ecnseen cwnd:2", "sack ts ecn cwnd:3 lost:1",
      "ts sacked:9 cwnd:4", "ts sack", "ts sackx cwnd:5", "ts sack:1 cwnd:6", "ts sack\u{1}cwnd:7",
    ]
    let read = try SnapshotFixture(
      rows.map { "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000 cubic \($0)\n" }.joined())
    #expect(read.unknown == ["sackx": 1, "sack:1": 1])
    let infos = read.sockets.map(\.info)
    #expect(infos.map { $0?.congestionWindow } == [1, 2, 3, 4, nil, 5, 6, 7])
    #expect(infos.map { $0?.sacked } == [3, 0, 0, 9, nil, 0, 0, 0])
    #expect(
      infos.map { $0?.flags.contains(.sack) } == [
        true, true, true, false, true, false, false, true,
      ])
    #expect(
      infos.map { $0?.flags.contains(.ecn) } == [true, false, true]
        + Array(repeating: false, count: 5))
  }

  @Test func numbersBeyondTheirTypeAreClamped() throws {
    let huge = String(repeating: "9", count: 40)
    let info = try socket(
      "cwnd:\(huge) bytes_acked:\(huge) rto:\(huge) wscale:\(huge),\(huge) "
        + "timer:(on,\(huge)min\(huge)sec,\(huge)) uid:\(huge)")
    #expect(info.info?.congestionWindow == .max && info.info?.bytesAcked == .max)
    #expect(info.info?.retransmissionTimeout == .max && info.info?.sendWindowScale == .max)
    #expect(info.uid == .max && info.timer?.retransmissions == .max)
  }
}
