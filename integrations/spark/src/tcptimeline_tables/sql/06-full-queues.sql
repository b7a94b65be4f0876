-- Listeners whose accept queue was at least half full.
SELECT host, port, MIN(process) AS process, MAX(most_waiting) AS waiting, MAX(queue_limit) AS queue_limit
FROM listeners
WHERE queue_limit > 0 AND most_waiting * 2 >= queue_limit
GROUP BY host, port
ORDER BY waiting DESC, host, port
