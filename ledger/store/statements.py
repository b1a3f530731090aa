"""SQL of the derived tables, for the tables of the ledger or for a rebuilt copy beside them."""

from typing import Final

from ledger.core.prefix import STATED

DERIVED: Final = (
    "registry",
    "kinship",
    "position",
    "day_total",
    "month_total",
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


class Statements:
    """Every statement on the derived tables, written once per schema."""

    def __init__(self, schema: str = "main") -> None:
        """Name the schema that holds the derived tables; entries are always in `main`."""
        self._to_append(schema)
        self._about_holds(schema)
        self._from_registry(schema)
        self._from_positions(schema)

    def _to_append(self, s: str) -> None:
        self.add_registry = f"INSERT INTO {s}.registry VALUES (?, ?, ?, ?, ?)"  # noqa: S608
        self.add_kinship = f"INSERT INTO {s}.kinship VALUES (?, ?, ?)"  # noqa: S608
        marks = ", ".join("?" * 14)
        self.add_position = f"INSERT INTO {s}.position VALUES ({marks})"  # noqa: S608
        self.add_shape = f"INSERT INTO {s}.rollup_shape VALUES (?)"  # noqa: S608
        self.shapes = f"SELECT shape FROM {s}.rollup_shape ORDER BY shape"  # noqa: S608
        self.add_total = {
            table: (
                f"INSERT INTO {s}.{table} VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
                "ON CONFLICT DO UPDATE SET units = units + excluded.units, "
                "tpp = tpp + excluded.tpp"
            )
            for table in ("day_total", "month_total")
        }

    def _about_holds(self, s: str) -> None:
        self.set_hold = (
            f"INSERT INTO {s}.hold VALUES (?, ?, ?) "  # noqa: S608
            "ON CONFLICT DO UPDATE SET hold_until = excluded.hold_until, "
            "open_units = excluded.open_units"
        )
        self.overdue = (
            f"SELECT reservation FROM {s}.hold "  # noqa: S608
            "WHERE open_units > 0 AND hold_until <= ? ORDER BY hold_until, reservation"
        )
        self.open_holds = (
            f"SELECT reservation FROM {s}.hold WHERE open_units > 0 "  # noqa: S608
            "ORDER BY hold_until, reservation"
        )

    def _from_registry(self, s: str) -> None:
        not_reversed = (
            f"AND NOT EXISTS (SELECT 1 FROM {s}.registry AS r WHERE r.kind = 'record.reversed' "  # noqa: S608 -- the schema is ours
            "AND r.subject = e.event_id AND r.seq <= ?)"
        )
        about = f"SELECT e.seq, e.body FROM {s}.registry AS g JOIN main.entry AS e ON e.seq = g.seq"  # noqa: S608
        self.by_subject = (
            f"{about} WHERE g.kind = ? AND g.subject = ? AND g.seq <= ? {not_reversed} "
            "ORDER BY g.on_day, g.seq"
        )
        self.by_detail = (
            f"{about} WHERE g.kind = ? AND g.detail = ? AND g.seq <= ? {not_reversed} "
            "ORDER BY g.seq"
        )
        self.by_kind = f"{about} WHERE g.kind = ? AND g.seq <= ? {not_reversed} ORDER BY g.seq"
        self.usage = (
            f"{about} WHERE g.kind = 'usage.reported' AND g.subject = ? AND g.detail = ? "
            f"AND g.seq <= ? {not_reversed} ORDER BY g.seq"
        )
        distinct = f"FROM {s}.registry AS g JOIN main.entry AS e ON e.seq = g.seq"
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
            f"SELECT 1 FROM {s}.registry AS t JOIN main.entry AS x ON x.seq = t.seq "
            f"WHERE x.event_id = g.subject AND t.kind IN ({marks}))) AND g.seq <= ? ORDER BY g.seq"
        )
        self.reversed = (
            f"SELECT 1 FROM {s}.registry WHERE kind = 'record.reversed' AND subject = ? "  # noqa: S608
            "AND seq <= ?"
        )
        self.below = (
            f"SELECT DISTINCT k.party FROM {s}.kinship AS k JOIN main.entry AS e ON e.seq = k.seq "  # noqa: S608
            f"WHERE k.parent = ? AND k.seq <= ? {not_reversed} ORDER BY k.party"
        )

    def _from_positions(self, s: str) -> None:
        positions = f"SELECT {POSITION_COLUMNS} FROM {s}.position"  # noqa: S608
        self.of_lot = f"{positions} WHERE lot = ? AND seq <= ? ORDER BY seq, place"
        self.of_seq = f"{positions} WHERE seq = ? ORDER BY place"
        columns = ", ".join(f"p.{column}" for column in POSITION_COLUMNS.split(", "))
        self.of_device = (
            f"SELECT e.event_id, {columns} FROM {s}.position AS p "  # noqa: S608
            "JOIN main.entry AS e ON e.seq = p.seq WHERE p.device = ? AND p.seq <= ? "
            "ORDER BY p.seq, p.place"
        )
        summed = POSITION_COLUMNS.replace("units, tpp", "sum(units), sum(tpp)")
        self.gone = (
            f"SELECT {summed.replace('seq', 'min(seq)', 1)} FROM {s}.position "  # noqa: S608
            "WHERE kind IN ('exported', 'domestic') AND on_day >= ? AND on_day < ? AND seq <= ? "
            "GROUP BY lot HAVING sum(units) > 0 ORDER BY on_day, min(seq)"
        )
        self.all_positions = f"{positions} ORDER BY seq, place"
        self.positions = positions
        self.position_table = f"{s}.position"
        self.totals = {
            table: f"SELECT period, kind, authorization, device, key, units, tpp FROM {s}.{table}"  # noqa: S608
            for table in ("day_total", "month_total")
        }
