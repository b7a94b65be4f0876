-- The hosts with the most errors on the last day.
SELECT host, errors, warnings, most_sockets
FROM hosts
WHERE day = (SELECT MAX(day) FROM hosts)
ORDER BY errors DESC, warnings DESC, host
LIMIT 20
