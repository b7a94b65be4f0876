-- Hosts with three times the median of all on that day.
WITH middle AS (
  SELECT day, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY most_sockets) AS median
  FROM hosts GROUP BY day
)
SELECT hosts.day, hosts.host, hosts.most_sockets
FROM hosts JOIN middle ON hosts.day = middle.day
WHERE hosts.most_sockets >= 3 * middle.median
ORDER BY hosts.day, hosts.most_sockets DESC, hosts.host
