-- The share of connections that failed, by server.
SELECT server_address, server_port, COUNT(*) AS connections,
       SUM(CASE WHEN outcome IN ('refused', 'unanswered', 'reset') THEN 1 ELSE 0 END) AS failed
FROM connections
GROUP BY server_address, server_port
HAVING SUM(CASE WHEN outcome IN ('refused', 'unanswered', 'reset') THEN 1 ELSE 0 END) > 0
ORDER BY failed DESC, server_address, server_port
