-- title: Who drew how much of a cap, and when
-- question: By which events did a cap come to stand where it stands on a day?
-- param cap: text; the cap
-- param on: day = today; the day
-- param holder: text?; only this holder, as other reports write it
-- needs: draw(cap, on)
-- column holder: whose share of the cap
-- column on_day [day]: the legal day
-- column event: the event
-- column kind: what it did
-- column device: the device
-- column party: the ultimate consignee
-- column destination: the country
-- column authorization_id: the authorization
-- column units_moved [units]: units
-- column moved_tpp [TPP]: TPP
-- column sum_tpp [TPP]: all up to this row
-- key: holder, event, kind, on_day, device, sum_tpp
SELECT
  holder,
  on_day,
  event_id AS event,
  kind,
  device,
  party,
  destination,
  authorization_id,
  units AS units_moved,
  tpp(tpp) AS moved_tpp,
  tpp(sum(tpp) OVER (
    PARTITION BY holder ORDER BY on_day, event_id, kind ROWS UNBOUNDED PRECEDING
  )) AS sum_tpp
FROM draw
WHERE $holder IS NULL OR holder = $holder
ORDER BY holder, on_day, event_id, kind
