from datetime import date
from pathlib import Path
from typing import Any

from ledger.core.law import pack as packs
from ledger.service.packs import STANDARD, adopt
from ledger.service.rules import Rules, rules
from tests.core.builders import on
from tests.service.test_packs import CAP, edition, house_text, written
from tests.store.ledgers import SIZE


def rows(found: Rules) -> list[tuple[str, Any]]:
    return [
        (one.pack.pack, row)
        for one in found.adopted
        for kind in packs.ROWS
        for row in packs.rows(one.pack, kind)
    ]


def house_caps(found: Rules) -> list[str]:
    return [row["title"] for pack in found.as_data()["packs"] for row in pack.get("caps", ())][-1:]


def test_without_a_day_every_row_of_every_pack_is_there(url: str) -> None:
    found = rules(url)
    assert (len(found.adopted), found.on, found.head.size) == (len(STANDARD), None, SIZE)
    starts = {row.valid_from.year for _, row in rows(found)}
    assert min(starts) == 1
    assert max(starts) >= 2026
    assert found.as_data()["on"] is None


def test_of_a_day_only_what_is_in_force_on_it_is_there(url: str) -> None:
    every = rows(rules(url))
    for day in ("2022-10-20", "2022-10-21", "2025-05-14", "2025-05-15", "2026-12-31"):
        found = rules(url, on=on(day))
        assert rows(found) == [(p, row) for p, row in every if row.in_force(on(day))]
        assert (found.as_data()["on"], len(found.adopted)) == (day, len(STANDARD))


def test_a_kind_without_a_row_on_the_day_is_left_out_and_devices_stay(url: str) -> None:
    then, now = rules(url, on=date(1990, 1, 1)).as_data(), rules(url).as_data()
    assert not any("caps" in pack for pack in then["packs"])
    assert any("caps" in pack for pack in now["packs"])
    assert then["packs"][-1]["devices"] == now["packs"][-1]["devices"] != []


def test_the_gaps_stand_once_more_by_themselves(url: str) -> None:
    data = rules(url).as_data()
    assert data["not_modelled"] == [gap for p in data["packs"] for gap in p.get("gaps", ())] != []


def test_the_packs_are_those_that_were_adopted_by_a_head(url: str, tmp_path: Path) -> None:
    adopt(url, written(tmp_path, house_text()))
    adopt(url, written(tmp_path, edition("2", CAP.replace("our own limit", "our new limit"))))
    assert house_caps(rules(url)) == ["our new limit"]
    assert house_caps(rules(url, as_of=SIZE + 1)) == ["our own limit"]
    assert not house_caps(rules(url, as_of=SIZE))[0].startswith("our")
    assert rules(url, as_of=SIZE).as_data() != rules(url).as_data()
