-- title: Reservations
-- question: What is set aside, until when, and what became of the rest?
-- param on: day = today; the day
-- param days: whole = 14; how many days ahead a hold counts as expiring
-- column reservation: the event that placed it
-- column state: open, expiring, overdue, expired, released, used up or reversed
-- column device: the device
-- column destination: the country
-- column end_user: the operator
-- column authorization_id: the authorization that it was placed under
-- column on_day [day]: the day of the lot
-- column held_until [day]: the first day on which it is held no more
-- column reserved_units [units]: what was reserved
-- column open_units [units]: what it still holds
-- column open_tpp [TPP]: the TPP of that
-- column bundle: the lots that it was reserved with
-- key: reservation
-- total: reserved_units, open_units, open_tpp
SELECT
  r.event_id AS reservation,
  CASE
    WHEN r.reversed_at IS NOT NULL THEN 'reversed'
    WHEN r.open_units > 0 AND r.held_until <= $on THEN 'overdue'
    WHEN r.open_units > 0 AND r.held_until <= CAST($on + CAST($days AS INTEGER) AS DATE) THEN 'expiring'
    WHEN r.open_units > 0 THEN 'open'
    WHEN r.ended_by IS NOT NULL THEN r.ended_by
    ELSE 'used up'
  END AS state,
  r.device,
  r.destination,
  r.end_user,
  r.authorization_id,
  r.on_day,
  r.held_until,
  r.quantity AS reserved_units,
  r.open_units,
  tpp(r.open_tpp) AS open_tpp,
  r.bundle
FROM reservation AS r
ORDER BY r.open_units = 0, r.held_until, r.seq
