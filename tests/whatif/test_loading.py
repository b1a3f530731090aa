"""Scenario files, what they extend, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from ledger.core.errors import InvalidInput, LedgerError, NotFound
from ledger.whatif.loading import load, of_data
from ledger.whatif.worlds import ground
from tests.whatif.asking import DOUBLED, SCENARIOS, TABLE, scenario

HEAD = 'title = "one"\n'
LAW = '[[law]]\ncap = "us-ear/nveu/company-country"\nfrom = 2026-07-01\nallowance_percent = 200\n'
ASKING = '[[question]]\nask = "breaches"\n'


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refused(file: Path) -> LedgerError:
    with pytest.raises(LedgerError) as error:
        load(file)
    return error.value


@pytest.mark.parametrize("file", sorted(SCENARIOS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_standard_scenario_can_be_read_and_supposed(file: Path, example_url: str) -> None:
    loaded = load(file)
    assert loaded.scenario.questions
    assert loaded.scenario.title
    with ground(example_url) as found:
        assert found.world(loaded).own


def test_what_a_scenario_extends_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", f'{HEAD}[base]\nposture = "enforced"\n{ASKING}{LAW}')
    swap = '[[swap]]\ndevice = "a"\nby = "b"\n'
    event = '[[event]]\nkind = "duty.done"\non = 2026-01-01\nduty = "x"\ndocument = "y"\n'
    put(tmp_path, "b.toml", f'title = "two"\nextends = "a.toml"\n{event}{swap}')
    other = LAW.replace("nveu/company-country", "lpp/parent-year")
    file = put(tmp_path, "c.toml", f'title = "three"\nextends = "b.toml"\n{other}{event}')
    loaded = load(file)
    assert [one.name for one in loaded.hypotheses] == [
        "what-if law 1",
        "what-if event 1",
        "what-if swap 1",
        "what-if law 2",
        "what-if event 2",
    ]
    assert [Path(one.where.split(":")[0]).name for one in loaded.hypotheses] == [
        "a.toml",
        "b.toml",
        "b.toml",
        "c.toml",
        "c.toml",
    ]
    assert loaded.scenario.title == "three"
    assert loaded.scenario.base.posture == "enforced"
    assert [one.ask for one in loaded.scenario.questions] == ["breaches"]


def test_own_questions_and_an_own_base_go_before_those_of_what_is_extended(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", f'{HEAD}[base]\nposture = "enforced"\n{ASKING}')
    own = '[base]\nhead = 5\n[[question]]\nask = "headroom"\ndays = [2026-01-01]\n'
    loaded = load(put(tmp_path, "b.toml", f'title = "two"\nextends = "a.toml"\n{own}'))
    assert (loaded.scenario.base.head, loaded.scenario.base.posture) == (5, None)
    assert [one.ask for one in loaded.scenario.questions] == ["headroom"]


def test_scenarios_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "a.toml", f'{HEAD}extends = "b.toml"\n')
    file = put(tmp_path, "b.toml", f'{HEAD}extends = "a.toml"\n')
    assert "it extends itself, through b.toml and a.toml" in refused(file).sentence


def test_a_pack_is_read_beside_the_scenario(tmp_path: Path) -> None:
    house = (SCENARIOS.parent / "house.toml").read_text(encoding="utf-8")
    put(tmp_path, "house.toml", house)
    loaded = load(put(tmp_path, "a.toml", f'{HEAD}[[law]]\nadopt = "house.toml"\n'))
    assert loaded.hypotheses[0].text == house
    missing = put(tmp_path, "b.toml", f'{HEAD}[[law]]\nadopt = "no.toml"\n')
    error = refused(missing)
    assert isinstance(error, NotFound)
    assert "b.toml: law[0].adopt: can't read no.toml" in error.sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = one\n", "is not TOML"),
        ("", "title: the field 'title' is missing"),
        (f"{HEAD}[[hypothesis]]\n", "hypothesis: unknown field 'hypothesis'"),
        (
            f"{HEAD}{LAW.replace('2026-07-01', '2026-02-30')}",
            "is not TOML",
        ),
        (
            f"{HEAD}{LAW.replace('2026-07-01', chr(34) + '2026-02-30' + chr(34))}",
            "law[0].from: expected a day as YYYY-MM-DD, found '2026-02-30', which is not in the",
        ),
        (
            f"{HEAD}{LAW.replace('cap =', 'cup =')}",
            "law[0]: names one row, as one of provision, coverage",
        ),
        (
            f'{HEAD}{LAW}group = "us-ear/partners"\n',
            "found group and cap",
        ),
        (f"{HEAD}{LAW}until = 2026-07-01\n", "law[0]: until 2026-07-01 is the first day out"),
        (
            f'{HEAD}[[law]]\nswitch = "x"\nvalue = "y"\n',
            "law[0].from: the field 'from' is missing",
        ),
        (
            f'{HEAD}[[question]]\nask = "guess"\n',
            "question[0]: ask = 'guess' is none of 'decide', 'headroom', 'breaches'",
        ),
        (
            f'{HEAD}{ASKING}[[question]]\nask = "headroom"\ndays = ["soon"]\n',
            "question[1].days[0]: expected a day as YYYY-MM-DD, found 'soon'",
        ),
        (f'{HEAD}[[swap]]\ndevice = "a"\n', "swap[0].by: the field 'by' is missing"),
        (f"{HEAD}[base]\nhead = 0\n", "base.head"),
        (f'{HEAD}[[question]]\nname = "x"\n', "question[0]: the field 'ask' is missing"),
        (
            f'{HEAD}[[question]]\nask = "headroom"\ndays = 2026-01-01\n',
            "question[0].days: expected a list, in [ ], found 2026-01-01",
        ),
        (f'{HEAD}[[question]]\nask = "decide"\nlots = []\n', "question[0].lots: expected at least"),
        ('title = "\\u001b[31m"\n', "title"),
        (
            f'{HEAD}{ASKING}name = "x"\n{ASKING}name = "x"\n',
            "two questions have the same name",
        ),
        (
            f"{HEAD}{LAW}{LAW.replace('2026-07-01', '2026-08-01')}",
            f"cap {TABLE}: two changes of allowance overlap: from 2026-07-01 and from 2026-08-01",
        ),
    ],
)
def test_what_is_wrong_is_told_by_file_and_field(tmp_path: Path, text: str, said: str) -> None:
    error = refused(put(tmp_path, "wrong.toml", text))
    assert isinstance(error, InvalidInput)
    assert "wrong.toml" in error.sentence
    assert said in error.sentence


def test_a_file_may_begin_with_the_mark_that_some_editors_write(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert load(file).scenario.title == "one"


def test_a_missing_file_is_told_with_the_one_that_extends_it(tmp_path: Path) -> None:
    file = put(tmp_path, "a.toml", f'{HEAD}extends = "no.toml"\n')
    assert "a.toml: extends: there is no file" in refused(file).sentence


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = f'{HEAD}{LAW.replace("cap =", "cup =")}[[swap]]\ndevice = "a"\n[[question]]\nask = "x"\n'
    said = refused(put(tmp_path, "wrong.toml", text)).sentence
    assert all(place in said for place in ("law[0]", "swap[0].by", "question[0]"))


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "no.toml"), NotFound)


def test_fields_of_a_program_may_extend_a_file() -> None:
    loaded = of_data(
        {
            "title": "mine",
            "extends": "nveu-doubled.toml",
            "law": [{**DOUBLED, "from": "2026-01-01", "until": "2026-07-01"}],
        },
        folder=SCENARIOS,
    )
    assert [one.name for one in loaded.hypotheses] == [
        "what-if law 1",
        "what-if law 2",
        "what-if law 3",
    ]


def digest(url: str, **fields: Any) -> str:  # noqa: ANN401 -- any TOML value
    with ground(url) as found:
        return found.world(scenario(**fields)).digest


def test_a_scenario_is_addressed_by_what_it_supposes(example_url: str) -> None:
    one = digest(example_url, law=[DOUBLED])
    assert one == digest(example_url, title="another name", law=[DOUBLED])
    assert one != digest(example_url, law=[{**DOUBLED, "allowance_percent": 201}])
    assert one != digest(example_url, law=[DOUBLED], base={"posture": "enforced"})
    event = {"kind": "duty.done", "on": "2026-01-01", "duty": "x", "document": "y"}
    assert len({one, digest(example_url, law=[DOUBLED], event=[event]), digest(example_url)}) == 3


def test_the_text_of_a_pack_is_part_of_what_is_supposed(tmp_path: Path, example_url: str) -> None:
    house = (SCENARIOS.parent / "house.toml").read_text(encoding="utf-8")
    file = put(tmp_path, "a.toml", f'{HEAD}[[law]]\nadopt = "house.toml"\n')
    found = []
    for text in (house, house + "\n# read again\n"):
        put(tmp_path, "house.toml", text)
        with ground(example_url) as at:
            found.append(at.world(load(file)).digest)
    assert found[0] != found[1]
