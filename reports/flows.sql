-- title: Flows
-- question: From which exporter, through which authorization, to which country did how much go?
-- param from: day = 2025-01-01; the first day
-- param until: day = today; the last day
-- needs: place()
-- column exporter: the exporter
-- column authorization_id: the authorization that it went under
-- column destination: the country
-- column name: its name
-- column units_gone [units]: units that went, reversals taken off; returns stand in 'lots' and 'balances'
-- column gone_tpp [TPP]: their TPP
-- key: exporter, authorization_id, destination
-- total: units_gone, gone_tpp
SELECT
  p.exporter,
  p."authorization" AS authorization_id,
  p.destination,
  n.name,
  CAST(sum(p.units) AS BIGINT) AS units_gone,
  tpp(sum(p.tpp)) AS gone_tpp
FROM drawn AS p
LEFT JOIN place AS n ON n.destination = p.destination
WHERE p.kind IN ('exported', 'domestic') AND p.on_day BETWEEN $from AND $until
GROUP BY p.exporter, p."authorization", p.destination, n.name
HAVING sum(p.units) <> 0 OR sum(p.tpp) <> 0
ORDER BY sum(p.tpp) DESC, p.exporter, p."authorization", p.destination
