-- How much more sockets at once than the day before?
SELECT host, day, most_sockets,
       most_sockets - LAG(most_sockets) OVER (PARTITION BY host ORDER BY day) AS more
FROM hosts
ORDER BY host, day
