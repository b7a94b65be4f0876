import TCPModel
