"""Duties that lots bring by themselves: the core says when each is due, SQL lists the lots."""

from datetime import date
from typing import Final

from ledger.core.arising import LotDuties
from ledger.snapshot.engine import Engine

TABLES: Final = """
CREATE OR REPLACE TEMP TABLE lot_duty_row (
  number BIGINT, duty VARCHAR, what VARCHAR, lasts BOOLEAN, together BOOLEAN, cite VARCHAR
);
CREATE OR REPLACE TEMP TABLE lot_duty_day (
  number BIGINT, authorization_id VARCHAR, on_day DATE, due_on DATE
);
CREATE OR REPLACE TEMP TABLE lot_duty_done (duty VARCHAR, document VARCHAR, done_on DATE);
CREATE OR REPLACE TEMP TABLE lot_came_from (lot VARCHAR, reservation VARCHAR);
"""

WENT: Final = """
CREATE OR REPLACE TEMP VIEW lot_duty_went AS
SELECT
  lot, any_value(on_day) AS on_day, any_value(party) AS party,
  any_value(destination) AS destination, any_value("authorization") AS authorization_id
FROM position AS p
SEMI JOIN lot_duty_day AS d ON d.authorization_id = p."authorization" AND d.on_day = p.on_day
WHERE kind IN ('exported', 'domestic')
GROUP BY lot HAVING sum(units) > 0
"""
"""Lots of which something stands, on days on which one brings a duty."""

ARISING: Final = """
CREATE OR REPLACE TEMP VIEW lot_duty_arising AS
SELECT d.number, d.due_on, w.party, w.destination, w.authorization_id, w.lot, c.reservation
FROM lot_duty_went AS w
JOIN lot_duty_day AS d ON d.authorization_id = w.authorization_id AND d.on_day = w.on_day
LEFT JOIN lot_came_from AS c ON c.lot = w.lot
"""

TOLD: Final = """
INSERT INTO duty
SELECT
  a.id, r.duty, r.what, a.due_on,
  CASE
    WHEN o.duty IS NOT NULL OR h.duty IS NOT NULL THEN 'done'
    WHEN a.due_on < $today THEN 'overdue' ELSE 'due'
  END,
  a.party, a.destination, a.authorization_id,
  CASE WHEN o.duty IS NOT NULL THEN o.document ELSE h.document END,
  CASE WHEN o.duty IS NOT NULL THEN o.done_on ELSE h.done_on END,
  r.cite
FROM (
  SELECT
    a.number, r.duty || '@' || a.lot AS id, r.duty || '@' || a.reservation AS held, a.due_on,
    a.party, a.destination, a.authorization_id
  FROM lot_duty_arising AS a JOIN lot_duty_row AS r ON r.number = a.number AND NOT r.together
  UNION ALL
  SELECT
    a.number, any_value(r.duty) || '@' || a.party || '/' || CAST(a.due_on AS VARCHAR), NULL,
    a.due_on, a.party,
    CASE WHEN min(a.destination) = max(a.destination) THEN min(a.destination) END,
    CASE WHEN min(a.authorization_id) = max(a.authorization_id) THEN min(a.authorization_id) END
  FROM lot_duty_arising AS a JOIN lot_duty_row AS r ON r.number = a.number AND r.together
  GROUP BY a.number, a.party, a.due_on
) AS a
JOIN lot_duty_row AS r ON r.number = a.number
LEFT JOIN lot_duty_done AS o ON o.duty = a.id
LEFT JOIN lot_duty_done AS h ON h.duty = a.held
WHERE NOT (r.lasts AND a.due_on < $today AND o.duty IS NULL AND h.duty IS NULL)
"""


def add(engine: Engine, found: LotDuties, today: date) -> None:
    """Add the duties of the snapshot's lots to the table `duty`."""
    engine.execute(TABLES)
    rows = {id(day.row): day.row for day in found.days}
    number = {of: place for place, of in enumerate(rows)}
    filled: dict[str, list[tuple[object, ...]]] = {
        "lot_duty_row": [
            (number[of], row.id, row.what, row.lasts, row.together, row.cite)
            for of, row in rows.items()
        ],
        "lot_duty_day": [
            (number[id(day.row)], ground, day.on, day.due_on)
            for day in found.days
            for ground in day.row.authorizations
        ],
        "lot_duty_done": [(duty, by.document, by.on) for duty, by in found.done.items()],
        "lot_came_from": list(found.came_from.items()),
    }
    for table, cells in filled.items():
        if cells:
            engine.add(table, cells)
    engine.execute(WENT)
    engine.execute(ARISING)
    engine.execute(TOLD, {"today": today})
