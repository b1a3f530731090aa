"""SQL of the derived tables: what SQLite and PostgreSQL both understand, with `?` for values."""

from typing import Final

from ledger.core.prefix import STATED

DERIVED: Final = (
    "registry",
    "kinship",
    "position",
    "day_total",
    "rollup_shape",
    "hold",
)
"""Tables that follow from the entries and can be rebuilt from them."""

POSITION_COLUMNS: Final = (
    "seq, place, on_day, kind, device, party, destination, units, tpp, lot, authorization, "
    "end_user, exporter, line"
)
SEPARATOR: Final = "\x1f"
"""Joins the fields of a roll-up key; ids hold no control characters."""

AUTHORIZATION: Final = '"authorization"'
"""A word of PostgreSQL's own, which it takes for a column only in quotes."""

COLUMNS: Final = POSITION_COLUMNS.replace("authorization", AUTHORIZATION)
"""The columns of a movement as SQL names them."""

SUMS: Final = "CAST(sum(units) AS BIGINT), CAST(sum(tpp) AS BIGINT)"
TOTAL_KEY: Final = f"shape, key, on_day, kind, {AUTHORIZATION}, device"


def of_movement(alias: str) -> str:
    """The columns of a movement as SQL names them, of a table that has another name in a query."""
    return ", ".join(f"{alias}.{column}" for column in COLUMNS.split(", "))


class Statements:
    """Every statement on the derived tables, written once."""

    def __init__(self) -> None:
        """Write each of them out."""
        self._to_append()
        self._about_holds()
        self._from_registry()
        self._from_positions()

    def _to_append(self) -> None:
        self.shapes = "SELECT shape FROM rollup_shape ORDER BY shape"

    def _about_holds(self) -> None:
        self.set_hold = (
            "INSERT INTO hold VALUES (?, ?, ?) "
            "ON CONFLICT (reservation) DO UPDATE SET hold_until = excluded.hold_until, "
            "open_units = excluded.open_units"
        )
        self.overdue = (
            "SELECT reservation FROM hold "
            "WHERE open_units > 0 AND hold_until <= ? ORDER BY hold_until, reservation"
        )
        self.placed = (
            "SELECT h.reservation FROM hold AS h JOIN entry AS e ON e.event_id = h.reservation "
            "WHERE e.seq <= ? ORDER BY h.reservation"
        )
        self.soonest = "SELECT min(hold_until) FROM hold WHERE open_units > 0"
        self.open_holds = (
            "SELECT reservation FROM hold WHERE open_units > 0 ORDER BY hold_until, reservation"
        )

    def _from_registry(self) -> None:
        not_reversed = (
            "AND NOT EXISTS (SELECT 1 FROM registry AS r WHERE r.kind = 'record.reversed' "
            "AND r.subject = e.event_id AND r.seq <= ?)"
        )
        about = "SELECT e.seq, e.body FROM registry AS g JOIN entry AS e ON e.seq = g.seq"
        self.by_subject = (
            f"{about} WHERE g.kind = ? AND g.subject = ? AND g.seq <= ? {not_reversed} "
            "ORDER BY g.on_day, g.seq"
        )
        self.by_detail = (
            f"{about} WHERE g.kind = ? AND g.detail = ? AND g.detail <> '' AND g.seq <= ? "
            f"{not_reversed} ORDER BY g.seq"
        )
        self.by_kind = f"{about} WHERE g.kind = ? AND g.seq <= ? {not_reversed} ORDER BY g.seq"
        self.usage = (
            f"{about} WHERE g.kind = 'usage.reported' AND g.subject = ? AND g.detail = ? "
            f"AND g.seq <= ? {not_reversed} ORDER BY g.seq"
        )
        distinct = "FROM registry AS g JOIN entry AS e ON e.seq = g.seq"
        self.subjects = (
            f"SELECT DISTINCT g.subject {distinct} WHERE g.kind = ? AND g.seq <= ? {not_reversed} "
            "ORDER BY g.subject"
        )
        self.details = (
            f"SELECT DISTINCT g.detail {distinct} WHERE g.kind = ? AND g.subject = ? "
            f"AND g.seq <= ? {not_reversed} ORDER BY g.detail"
        )
        self.days = (
            f"SELECT DISTINCT g.on_day {distinct} WHERE g.kind = ? AND g.seq <= ? {not_reversed}"
        )
        marks = ", ".join("?" for _ in STATED)
        self.stated = (
            f"{about} WHERE (g.kind IN ({marks}) OR g.kind = 'record.reversed' AND EXISTS ("  # noqa: S608
            f"SELECT 1 FROM registry AS t JOIN entry AS x ON x.seq = t.seq "
            f"WHERE x.event_id = g.subject AND t.kind IN ({marks}))) AND g.seq <= ? ORDER BY g.seq"
        )
        self.reversed = (
            "SELECT 1 FROM registry WHERE kind = 'record.reversed' AND subject = ? AND seq <= ?"
        )
        self.below = (
            "SELECT DISTINCT k.party FROM kinship AS k JOIN entry AS e ON e.seq = k.seq "  # noqa: S608 -- put together from our own words
            f"WHERE k.parent = ? AND k.seq <= ? {not_reversed} ORDER BY k.party"
        )

    def _from_positions(self) -> None:
        positions = f"SELECT {COLUMNS} FROM position"  # noqa: S608 -- put together from our own words
        self.of_lot = f"{positions} WHERE lot = ? AND seq <= ? ORDER BY seq, place"
        self.life_of = (
            f"SELECT e.event_id, {of_movement('p')} FROM position AS p "  # noqa: S608 -- as above
            "JOIN entry AS e ON e.seq = p.seq WHERE p.lot = ? AND p.seq <= ? "
            "ORDER BY p.seq, p.place"
        )
        self.of_seq = f"{positions} WHERE seq = ? ORDER BY place"
        self.of_device = (
            f"SELECT e.event_id, {of_movement('p')} FROM position AS p "  # noqa: S608 -- as above
            "JOIN entry AS e ON e.seq = p.seq WHERE p.device = ? AND p.seq <= ? "
            "ORDER BY p.seq, p.place"
        )
        # A lot's movements of what went are alike but for their amounts: the least is each one's.
        alike = {column: f"min({column})" for column in COLUMNS.split(", ")}
        alike |= {
            "units": "CAST(sum(units) AS BIGINT)",
            "tpp": "CAST(sum(tpp) AS BIGINT)",
            "lot": "lot",
        }
        self.gone = (
            f"SELECT {', '.join(alike.values())} FROM position "  # noqa: S608 -- as above
            "WHERE kind IN ('exported', 'domestic') AND on_day >= ? AND on_day < ? AND seq <= ? "
            "{under} GROUP BY lot HAVING sum(units) > 0 ORDER BY min(on_day), min(seq)"
        )
        self.all_positions = f"{positions} ORDER BY seq, place"
