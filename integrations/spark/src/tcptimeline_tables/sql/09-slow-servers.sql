-- Servers by the median of the time to their first byte, in milliseconds.
SELECT server_address, server_port, COUNT(*) AS connections,
       ROUND(PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY first_byte_ns) / 1e6, 3) AS median_ms
FROM connections
WHERE first_byte_ns IS NOT NULL
GROUP BY server_address, server_port
ORDER BY median_ms DESC, server_address, server_port
LIMIT 20
