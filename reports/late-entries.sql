-- title: Late and back-dated entries
-- question: What was recorded long after its legal day, by whom, and what had been recorded by then?
-- param days: whole = 7; how many days late an entry must be
-- param from: day?; only those whose legal day, or whose recording, is on this day or later
-- param until: day?; and on this day or earlier
-- column seq: the place of the entry
-- column event: the event
-- column kind: what it is
-- column on_day [day]: its legal day
-- column recorded_on [day]: the day on which it was recorded, in the ledger's zone
-- column days_late [days]: how many days lie between
-- column actor: who recorded it
-- column via: by which way
-- column latest_before_on [day]: the latest legal day of any lot that had been recorded before it
-- key: seq
SELECT
  e.seq,
  e.event_id AS event,
  e.kind,
  e.on_day,
  e.recorded_on,
  CAST(e.recorded_on - e.on_day AS BIGINT) AS days_late,
  e.actor,
  e.via,
  e.latest_before_on
FROM (
  SELECT
    d.*,
    max(l.on_day) OVER (
      ORDER BY d.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS latest_before_on
  FROM entry_day AS d LEFT JOIN lot AS l ON l.seq = d.seq
) AS e
WHERE e.kind IN (
    'lot.exported', 'lot.attrited', 'lot.relocated', 'stock.declared', 'record.reversed',
    'usage.reported', 'device.classified'
  )
  AND e.recorded_on - e.on_day >= $days
  AND (
    e.on_day BETWEEN coalesce($from, DATE '0001-01-01') AND coalesce($until, DATE '9999-12-31')
    OR e.recorded_on BETWEEN coalesce($from, DATE '0001-01-01') AND coalesce($until, DATE '9999-12-31')
  )
ORDER BY days_late DESC, e.seq
