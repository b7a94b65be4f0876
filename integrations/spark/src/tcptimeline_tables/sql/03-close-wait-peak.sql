-- Each host's peak of CLOSE_WAIT a day.
SELECT day, host, MAX(sockets) AS peak
FROM instants
WHERE state = 'CLOSE_WAIT'
GROUP BY day, host
ORDER BY peak DESC, day, host
