-- On how many hosts does which program leak CLOSE_WAIT, and since when?
SELECT service, COUNT(DISTINCT host) AS hosts, MIN(day) AS since
FROM findings
WHERE kind = 'close_wait_growth'
GROUP BY service
ORDER BY hosts DESC, service
