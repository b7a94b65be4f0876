-- Who listens on a host on which nobody did before?
SELECT listener.day, listener.host, listener.port, MIN(listener.process) AS process
FROM listeners AS listener
WHERE EXISTS (SELECT 1 FROM hosts AS earlier
              WHERE earlier.host = listener.host AND earlier.day < listener.day)
  AND NOT EXISTS (SELECT 1 FROM listeners AS earlier
                  WHERE earlier.host = listener.host AND earlier.port = listener.port
                    AND earlier.day < listener.day)
GROUP BY listener.day, listener.host, listener.port
ORDER BY listener.day, listener.host, listener.port
