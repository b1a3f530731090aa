-- What reports read: the snapshot up to one size of the ledger (written in by the program, with the
-- size up to which it was filled by then), and what stands of it: an event that was reversed by then
-- is marked, not left out.

CREATE TEMP VIEW entry AS SELECT * FROM kept.entry WHERE seq <= {size};
-- Entries with the day on which they were recorded, in the zone that reports are told in.
CREATE TEMP VIEW entry_day AS
SELECT
  e.seq, e.event_id, e.kind, e.on_day, e.actor, e.via,
  CAST(timezone(coalesce(getvariable('reporting_zone'), f.time_zone), timezone('UTC', e.recorded_at)) AS DATE)
    AS recorded_on
FROM entry AS e CROSS JOIN kept.file AS f;

CREATE TEMP VIEW registry AS SELECT * FROM kept.registry WHERE seq <= {size};
CREATE TEMP VIEW kinship AS SELECT * FROM kept.kinship WHERE seq <= {size};
CREATE TEMP VIEW position AS SELECT * FROM kept.position WHERE seq <= {size};

-- Movements that came after the last time that the snapshot was filled up to this size at most.
CREATE TEMP VIEW rest AS
SELECT * FROM kept.position
WHERE seq <= {size} AND seq > {filled};

-- Movements summed by day as they came: several rows of one day add up.
CREATE TEMP VIEW drawn AS
SELECT
  on_day, kind, device, party, destination, "authorization", end_user, exporter, line, units, tpp
FROM kept.drawn WHERE upto <= {size}
UNION ALL
SELECT
  on_day, kind, device, party, destination, "authorization", end_user, exporter, line, units, tpp
FROM rest;

-- The same by month, and by day and destination alone.
CREATE TEMP VIEW monthly AS
SELECT on_month, kind, device, party, destination, "authorization", line, units, tpp
FROM kept.monthly WHERE upto <= {size}
UNION ALL
SELECT
  CAST(date_trunc('month', on_day) AS DATE), kind, device, party, destination, "authorization", line,
  units, tpp
FROM rest;

CREATE TEMP VIEW placed AS
SELECT on_day, kind, device, destination, "authorization", units, tpp
FROM kept.placed WHERE upto <= {size}
UNION ALL
SELECT on_day, kind, device, destination, "authorization", units, tpp FROM rest;

-- Which entry took which event back.
CREATE TEMP VIEW reversal AS
SELECT g.subject AS event_id, min(g.seq) AS reversed_at
FROM registry AS g WHERE g.kind = 'record.reversed' GROUP BY g.subject;

-- Lots with what undid them; tpp is what the lot drew when it was recorded.
CREATE TEMP VIEW lot AS
SELECT l.*, r.reversed_at
FROM kept.lot AS l LEFT JOIN reversal AS r ON r.event_id = l.event_id
WHERE l.seq <= {size};

CREATE TEMP VIEW party AS
SELECT p.* FROM kept.party AS p
WHERE p.seq <= {size} AND p.event_id NOT IN (SELECT event_id FROM reversal);

CREATE TEMP VIEW granted AS
SELECT g.* FROM kept.granted AS g
WHERE g.seq <= {size} AND g.event_id NOT IN (SELECT event_id FROM reversal);

CREATE TEMP VIEW granted_line AS
SELECT n.* FROM kept.granted_line AS n JOIN granted AS g ON g.seq = n.seq;

-- The last adoption of each pack decides; a pack that was reversed gives way to the one before.
CREATE TEMP VIEW law_pack AS
SELECT p.* FROM kept.law_pack AS p JOIN entry AS e ON e.seq = p.seq
WHERE e.event_id NOT IN (SELECT event_id FROM reversal)
QUALIFY row_number() OVER (PARTITION BY p.pack ORDER BY p.seq DESC) = 1;

CREATE TEMP VIEW law_row AS
SELECT w.* FROM kept.law_row AS w JOIN law_pack AS p ON p.seq = w.seq;

CREATE TEMP VIEW law_step AS
SELECT s.* FROM kept.law_step AS s JOIN law_pack AS p ON p.seq = s.seq;

-- Classifications: those of the catalogue have no day and hold until an event's.
CREATE TEMP VIEW device AS
SELECT d.* FROM kept.device AS d
WHERE d.seq <= {size} AND d.event_id NOT IN (SELECT event_id FROM reversal)
  AND (d.on_day IS NOT NULL OR d.seq IN (SELECT seq FROM law_pack));

-- Reservations with what they still hold, and until when.
CREATE TEMP VIEW reservation AS
SELECT
  l.*,
  coalesce(h.units, 0) AS open_units,
  coalesce(h.tpp, 0) AS open_tpp,
  coalesce(x.hold_until, l.hold_until) AS held_until,
  z.reason AS ended_by,
  z.on_day AS ended_on
FROM lot AS l
LEFT JOIN (
  SELECT lot, CAST(sum(units) AS BIGINT) AS units, CAST(sum(tpp) AS BIGINT) AS tpp
  FROM position WHERE kind IN ('reserved', 'reserved-domestic') GROUP BY lot
) AS h ON h.lot = l.event_id
LEFT JOIN (
  SELECT
    g.subject,
    arg_max(CAST(json_extract_string(decode(e.body), '$.event.hold_until') AS DATE), g.on_day || lpad(CAST(g.seq AS VARCHAR), 20, '0')) AS hold_until
  FROM registry AS g JOIN entry AS e ON e.seq = g.seq
  WHERE g.kind = 'lot.extended' AND e.event_id NOT IN (SELECT event_id FROM reversal)
  GROUP BY g.subject
) AS x ON x.subject = l.event_id
LEFT JOIN (
  SELECT
    g.subject,
    arg_min(json_extract_string(decode(e.body), '$.event.reason'), g.seq) AS reason,
    arg_min(e.on_day, g.seq) AS on_day
  FROM registry AS g JOIN entry AS e ON e.seq = g.seq
  WHERE g.kind = 'lot.released' AND e.event_id NOT IN (SELECT event_id FROM reversal)
  GROUP BY g.subject
) AS z ON z.subject = l.event_id
WHERE l.kind = 'lot.reserved';

-- The table of the ledger that finds reservations, for who asks of an earlier size.
CREATE TEMP VIEW hold AS
SELECT event_id AS reservation, CAST(held_until AS VARCHAR) AS hold_until, open_units FROM reservation;
