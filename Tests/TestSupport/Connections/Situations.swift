import TCPModel

/// Connections that the diagrams must tell well.
public enum Situations {
  public static var all: [(String, ConnectionScript)] { [("half-close", halfClose)] }

  public static let halfClose = ConnectionScript(
    """
    0 > S win 64240
    50.372 < S. win 65160
    50.391 > . !changes
    50.511 > P. len 300 !opens
    100.902 < .
    101.204 > F.
    192.344 < . !changes
    551.087 < P. len 1200 !opens
    551.102 > .
    651.513 < . len 1200
    651.533 > .
    851.513 < . len 1200
    851.533 > .
    1001.513 < . len 1200
    1201.513 < P. len 1200
    1201.533 > .
    2803.12 < F.
    2803.155 > . !changes
    state C CLOSED - assumed
    state C SYN_SENT 0 observed
    state C ESTABLISHED 50.391 observed
    state C FIN_WAIT_1 101.204 observed
    state C FIN_WAIT_2 192.344 inferred
    state C TIME_WAIT 2803.155 observed
    state C CLOSED 62803.155 assumed
    state S LISTEN - assumed
    state S SYN_RECEIVED 50.372 observed
    state S ESTABLISHED 50.391 inferred
    state S CLOSE_WAIT 101.204 inferred
    state S LAST_ACK 2803.12 observed
    state S CLOSED 2803.155 inferred
    phase handshake 0 50.391
    phase send 50.391 0.12
    phase wait 50.511 50.693
    phase teardown 101.204 2701.951
    phase time_wait 2803.155 60000
    """)
}
