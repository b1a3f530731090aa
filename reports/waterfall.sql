-- title: Who drew how much of a cap, and when
-- question: By which events did a cap come to stand where it stands on a day?
-- param cap: text; the cap
-- param on: day = today; the day
-- param holder: text?; only this holder, as other reports write it
-- needs: draw(cap, on)
-- column holder: whose share of the cap
-- column number: the draws of a holder in the order of their days
-- column on_day [day]: the legal day
-- column event: the event
-- column kind: what it is
-- column reserved: whether it is a reservation
-- column device: the device, of a lot
-- column destination: the country, of a lot
-- column authorization_id: the authorization, of a lot
-- column counted_tpp [TPP]: what it counts
-- column sum_tpp [TPP]: all up to this row; the last one is drawn and reserved on the day
-- key: holder, number
SELECT
  d.holder,
  d.number,
  d.on_day,
  d.event_id AS event,
  e.kind,
  d.reserved,
  l.device,
  l.destination,
  l.authorization_id,
  tpp(d.tpp) AS counted_tpp,
  tpp(sum(d.tpp) OVER (
    PARTITION BY d.holder ORDER BY d.number ROWS UNBOUNDED PRECEDING
  )) AS sum_tpp
FROM draw AS d
LEFT JOIN entry AS e ON e.event_id = d.event_id
LEFT JOIN lot AS l ON l.event_id = d.event_id
WHERE $holder IS NULL OR d.holder = $holder
ORDER BY d.holder, d.number
