-- title: Drawdown
-- question: What went where, by device, authorization, exporter and end user?
-- param from: day = 2025-01-01; the first day
-- param until: day = today; the last day
-- column device: the device
-- column authorization_id: the authorization that it went under
-- column exporter: the exporter
-- column end_user: the operator of the items
-- column destination: the country of ultimate destination
-- column lots [lots]: lots
-- column units_gone [units]: units that went, reversals taken off; returns stand in 'lots' and 'balances'
-- column gone_tpp [TPP]: their TPP
-- key: device, authorization_id, exporter, end_user, destination
-- total: lots, units_gone, gone_tpp
SELECT
  p.device,
  p."authorization" AS authorization_id,
  p.exporter,
  p.end_user,
  p.destination,
  count(DISTINCT p.lot) AS lots,
  CAST(sum(p.units) AS BIGINT) AS units_gone,
  tpp(sum(p.tpp)) AS gone_tpp
FROM (
  SELECT
    lot, device, "authorization", exporter, end_user, destination,
    sum(units) AS units, sum(tpp) AS tpp
  FROM position
  WHERE kind IN ('exported', 'domestic') AND on_day BETWEEN $from AND $until
  GROUP BY ALL
) AS p
WHERE p.units <> 0 OR p.tpp <> 0
GROUP BY p.device, p."authorization", p.exporter, p.end_user, p.destination
ORDER BY sum(p.tpp) DESC, p.device, p."authorization", p.exporter, p.end_user, p.destination
