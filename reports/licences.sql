-- title: Licences and statuses
-- question: What is left on each line of each licence, and how long is it valid?
-- param on: day = today; the day
-- needs: licence_line(on); finding(on, 'us-ear/license/line')
-- column authorization_id: the authorization that was granted
-- column reference: its reference
-- column line: the line of a licence
-- column party: to whom
-- column exporter: for whom it may be used, if only for one
-- column destinations: where to; empty is anywhere
-- column device: the device of the line
-- column granted_units [units]: the units of the line
-- column tolerance_percent: by how many percent more may go
-- column drawn_tpp [TPP]: what went under it
-- column reserved_tpp [TPP]: what is reserved under it
-- column left_tpp [TPP]: what is left, tolerance included
-- column valid_from_on [day]: the first valid day
-- column valid_until_on [day]: the last valid day; empty is open
-- column valid: whether it is valid on the day
-- key: reference, line
SELECT
  l.authorization_id,
  l.reference,
  l.line,
  l.party,
  l.exporter,
  l.destinations,
  l.device,
  l.quantity AS granted_units,
  l.tolerance_percent,
  tpp(f.drawdown) AS drawn_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  l.first_on AS valid_from_on,
  l.last_on AS valid_until_on,
  l.live AS valid
FROM licence_line AS l
LEFT JOIN finding AS f ON f.holder = l.reference || ' / ' || l.line
ORDER BY l.authorization_id, l.reference, CAST(l.line AS BIGINT) NULLS FIRST
