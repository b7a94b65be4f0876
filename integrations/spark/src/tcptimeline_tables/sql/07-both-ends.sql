-- Connections seen at both of their ends, by program.
SELECT client.host AS client_host, client.process AS client_process, server.host AS server_host,
       server.process AS server_process, server.local_port AS port, COUNT(*) AS connections
FROM sockets AS client
JOIN sockets AS server
  ON client.day = server.day AND client.host <> server.host
 AND client.local_address = server.remote_address AND client.local_port = server.remote_port
 AND client.remote_address = server.local_address AND client.remote_port = server.local_port
JOIN (SELECT DISTINCT day, host, port FROM listeners) AS listener
  ON listener.day = server.day AND listener.host = server.host AND listener.port = server.local_port
GROUP BY client.host, client.process, server.host, server.process, server.local_port
ORDER BY connections DESC, client_host, server_host, port
