-- title: Lots
-- question: Which lots went in a span of days, in which paragraph, where to, under which authorization?
-- param from: day = 2025-01-01; the first day
-- param until: day = today; the last day
-- needs: device_class()
-- column on_day [day]: the legal day
-- column lot: the event
-- column device: the device
-- column eccn: the paragraph of the Commerce Control List, where it is known
-- column item_class: its class on that day
-- column shipped_units [units]: units as recorded
-- column shipped_tpp [TPP]: their TPP as drawn
-- column standing_units [units]: units that stand: returns, attrition of the lot and reversals taken off
-- column standing_tpp [TPP]: their TPP, re-ratings counted in
-- column destination: the country of ultimate destination
-- column ultimate_consignee: the owner of the items
-- column end_user: the operator
-- column exporter: the exporter
-- column authorization_id: the authorization
-- column reference: the licence, and its line
-- column document: the order or export filing
-- key: lot
-- total: shipped_units, shipped_tpp, standing_units, standing_tpp
SELECT
  l.on_day,
  l.event_id AS lot,
  l.device,
  d.entry AS eccn,
  d.item_class,
  l.quantity AS shipped_units,
  tpp(l.tpp) AS shipped_tpp,
  CAST(coalesce(p.units, 0) AS BIGINT) AS standing_units,
  tpp(coalesce(p.tpp, 0)) AS standing_tpp,
  l.destination,
  l.ultimate_consignee,
  l.end_user,
  l.exporter,
  l.authorization_id,
  CASE WHEN l.line IS NULL THEN l.reference ELSE l.reference || '/' || l.line END AS reference,
  l.document
FROM lot AS l
LEFT JOIN device_class AS d
  ON d.device = l.device
  AND (d.first_on IS NULL OR d.first_on <= l.on_day)
  AND (d.last_on IS NULL OR d.last_on >= l.on_day)
LEFT JOIN (
  SELECT lot, sum(units) AS units, sum(tpp) AS tpp
  FROM position
  WHERE kind IN ('exported', 'domestic', 'attrited')
  GROUP BY lot
) AS p ON p.lot = l.event_id
WHERE l.kind = 'lot.exported' AND l.on_day BETWEEN $from AND $until
ORDER BY l.on_day, l.seq
