import TCPModel

/// Connections that the diagrams must tell well.
public enum Situations {
  public static var all: [(String, ConnectionScript)] { [("half-close", halfClose)] }

  public static let halfClose = ConnectionScript(
    """
    0.000000 C S win 64240
    0.050372 S S. win 65160
    0.050391 C . !changes
    0.050511 C P. len 300 !opens
    0.100902 S .
    0.101204 C F.
    0.192344 S . !changes
    0.551087 S P. len 1200 !opens
    0.551102 C .
    0.651513 S . len 1200
    0.651533 C .
    0.851513 S . len 1200
    0.851533 C .
    1.001513 S . len 1200
    1.201513 S P. len 1200
    1.201533 C .
    2.803120 S F.
    2.803155 C . !changes
    state C CLOSED - assumed
    state C SYN_SENT 0.000000 observed
    state C ESTABLISHED 0.050391 observed
    state C FIN_WAIT_1 0.101204 observed
    state C FIN_WAIT_2 0.192344 inferred
    state C TIME_WAIT 2.803155 observed
    state C CLOSED 62.803155 assumed
    state S LISTEN - assumed
    state S SYN_RECEIVED 0.050372 observed
    state S ESTABLISHED 0.050391 inferred
    state S CLOSE_WAIT 0.101204 inferred
    state S LAST_ACK 2.803120 observed
    state S CLOSED 2.803155 inferred
    phase handshake 0.0 0.050391
    phase send 0.050391 0.000120
    phase wait 0.050511 0.050693
    phase teardown 0.101204 2.701951
    phase time_wait 2.803155 60.0
    """)
}
