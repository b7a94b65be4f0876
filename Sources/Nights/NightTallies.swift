import Support
import TCPModel

/// Everything that is counted from instant to instant.
struct NightTallies {
  var sockets = SocketTable()
  var listeners = ListenerTally()
  var processes = ProcessTally()
  var peers = PeerTally()
  var closeWaits = CloseWaitTally()
  var halfOpen = HalfOpenTally()
  var timeWaits = TimeWaitTally()
  private var count: UInt32 = 0

  /// Takes the rows of the next instant.
  mutating func add(
    _ rows: [NightSample], to instant: inout NightInstant, _ options: NightOptions,
    _ names: SocketNames
  ) {
    let number = count
    count += 1
    sockets.beginInstant(instant.time, rows: rows.count)
    listeners.begin(number, instant.time, rows)
    for row in rows {
      let observation = sockets.add(row, instant: number)
      processes.add(row)
      if row.isListener {
        listeners.add(row)
      } else {
        listeners.addConnection(row)
        if observation.isNew { addNew(row, at: observation.place) }
        if row.remote.port != 0 { peers.add(sockets.alive[observation.place].peer) }
        add(row, observation, number, names)
      }
      // What was sent before the first instant is not part of the night.
      if number > 0, let sent = observation.segmentsSent {
        instant.segmentsSent = (instant.segmentsSent ?? 0) + Int64(sent)
        instant.segmentsRetransmitted =
          (instant.segmentsRetransmitted ?? 0) + Int64(observation.segmentsRetransmitted ?? 0)
      }
    }
    sockets.finishInstant(number)
    listeners.finishInstant()
    processes.finishInstant(number, names)
    peers.finishInstant(number)
    halfOpen.finishInstant(number) { listeners.queueLimit(of: $0) }
    timeWaits.finishInstant(number, range: options.portRange)
  }

  private mutating func addNew(_ row: NightSample, at place: Int) {
    peers.addOwn(row.local.address)
    sockets.setPeer(peers.place(of: row.remote.address), at: place)
  }

  private mutating func add(
    _ row: NightSample, _ observation: SocketTable.Observation, _ instant: UInt32,
    _ names: SocketNames
  ) {
    switch row.state {
    case .closeWait:
      let isServer = listeners.isServer(row.local.port)
      let service = Service(
        process: row.process.flatMap { names.firstProcess($0)?.name }, isServer: isServer,
        port: isServer ? row.local.port : row.remote.port)
      closeWaits.add(row, service, instant: instant, hasStayed: observation.hasStayed)
    case .synReceived: halfOpen.add(row)
    case .timeWait: timeWaits.add(row)
    case .closed, .listen, .synSent, .established, .finWait1, .finWait2, .closing, .lastACK, nil:
      break
    }
  }
}
