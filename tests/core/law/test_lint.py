"""Each lint rule has a pack with the fault and a twin without it; the shipped packs have none."""

from dataclasses import dataclass

import pytest

from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.lint import RULES, lint
from ledger.core.law.pack import Mistake, digest, read
from tests.core.builders import pack_text, pack_texts

# ---- a small law without a fault: each case puts one into it

GROUP = '[[group]]\nid = "g"\ntitle = "a group"\ncite = "90 FR 1"\nmembers = ["BR"]\n'
SWITCH = '[[switch]]\nid = "s"\ntitle = "a doubt"\ncite = "90 FR 1"\nvalues = ["yes", "no"]\n'
LISTING = """[[listing]]
id = "l"
title = "parties"
cite = "90 FR 1"
members = [{ names = ["Acme"] }]
"""
CLASS = """[[class]]
id = "a-class"
title = "a class"
cite = "90 FR 1"
order = 1
paragraphs = [{ paragraph = "a", min_tpp = 4800 }]
"""
PROVISION = """[[provision]]
id = "act"
title = "an act"
cite = "90 FR 1"
published_on = 2025-01-01
effective_on = 2025-01-01
compliance_on = 2025-01-01
"""
AUTHORIZATION = """[[authorization]]
id = "a"
title = "an exception"
provision = "act"
order = 1
kind = "exception"
cite = "90 FR 1"
caps = ["c"]
"""
REQUIREMENT = """[[authorization.requirements]]
fact = "item_class"
needs = "an item of the class"
values = ["a-class"]
cite = "90 FR 1"
"""
CAP = """[[cap]]
id = "c"
title = "a cap"
cite = "90 FR 1"
per = ["ultimate_consignee"]
basis = "exported"
window = { kind = "calendar-year" }
allowance = [{ tpp = 100 }]
"""
DUTY = '[[duty]]\nid = "d"\ncite = "90 FR 1"\nauthorizations = ["a"]\nwhat = "report"\n'
REVIEW = """[[review]]
id = "r"
cite = "90 FR 1"
order = 1
provision = "act"
when = []
within = "case-by-case"
"""
STOP = """[[stop]]
id = "x"
title = "a listed party"
cite = "90 FR 1"
effect = "prohibited"
"""
CLEAN = PROVISION + CLASS + CAP + AUTHORIZATION + REQUIREMENT


def unchecked(*bodies: str) -> Law:
    """The law of packs that hold the given rows, whatever ids they name: lint tells them too."""
    law = Law([])
    texts = [pack_text(body, pack=f"toy-{place}") for place, body in enumerate(bodies)]
    law.adopted = tuple(AdoptedPack(read(text), digest(text)) for text in texts)
    return law


def found_in(*bodies: str) -> list[Mistake]:
    return lint(unchecked(*bodies))


def told(*bodies: str) -> list[tuple[str, str, str]]:
    return [(one.rule, one.row, one.field) for one in found_in(*bodies)]


def stop(test: str) -> str:
    return STOP + f"when = [{{ {test} }}]\n"


def renamed(row: str, *, of: str = 'id = "c"') -> str:
    """The row under another id."""
    return row.replace(of, 'id = "other"')


def test_a_law_without_a_fault_has_no_finding() -> None:
    assert found_in(CLEAN) == []


def test_packs_are_checked_together() -> None:
    assert found_in(PROVISION, CLASS, CAP, AUTHORIZATION + REQUIREMENT) == []


@dataclass(frozen=True)
class Case:
    """Rows with one fault, what is told of it, and the twin of the rows that has none."""

    rule: str
    faulty: str
    twin: str
    row: str
    field: str
    found: str
    expected: str


def cap(old: str, new: str) -> str:
    return CLEAN.replace(CAP, CAP.replace(old, new))


def granted(*, caps: str = 'caps = ["c"]', kind: str = "exception") -> str:
    changed = AUTHORIZATION.replace('caps = ["c"]', caps).replace("exception", kind)
    return CLEAN.replace(AUTHORIZATION, changed)


LINE = 'per = ["reference", "line"]\nof_licence_line = true\n'
OF_LINE = CAP.replace('per = ["ultimate_consignee"]\n', LINE).replace(
    "allowance = [{ tpp = 100 }]\n", ""
)
SHARE = (
    CAP.replace("exported", "installed")
    .replace("calendar-year", "stock")
    .replace("allowance = [{ tpp = 100 }]", 'share = { percent = 25, outside_values = ["US"] }')
)
GAP = '[[gap]]\nid = "gap"\ntitle = "a gap"\ncite = "90 FR 1"\n'
READ_SWITCH = stop('fact = "switch", switch = "s", values = ["yes"]')

CASES = [
    Case(
        rule="L002",
        faulty=CLEAN + GAP + "until = 2025-01-01\n" + GAP + "from = 2025-03-01\n",
        twin=CLEAN + GAP + "until = 2025-01-01\n" + GAP + "from = 2025-01-01\n",
        row="gap (gap[1])",
        field="from",
        found="2025-03-01",
        expected="2025-01-01, on which the version before it ends",
    ),
    Case(
        rule="L003",
        faulty=CLEAN + renamed(CAP),
        twin=CLEAN + renamed(CAP) + REVIEW + 'cap = "other"\nbeyond = "policy-of-denial"\n',
        row="other",
        field="id",
        found="a cap that no row names",
        expected="an authorization, review or duty that draws on it",
    ),
    Case(
        rule="L004",
        faulty=cap("allowance", 'effect = "notice"\nallowance'),
        twin=CLEAN,
        row="a",
        field="caps",
        found="no cap that limits it",
        expected="one, or unlimited = true",
    ),
    Case(
        rule="L004",
        faulty=granted(caps='caps = ["c"]\nunlimited = true'),
        twin=granted(caps="unlimited = true").replace(CAP, ""),
        row="a",
        field="unlimited",
        found="true, and the limit c",
        expected="either of the two",
    ),
    Case(
        rule="L005",
        faulty=cap('["ultimate_consignee"]', '["reference"]'),
        twin=CLEAN.replace(CAP, OF_LINE).replace("exception", "licence"),
        row="c",
        field="per",
        found="reference",
        expected="it beside the other of reference and line, with of_licence_line = true",
    ),
    Case(
        rule="L005",
        faulty=CLEAN.replace(CAP, OF_LINE),
        twin=CLEAN.replace(CAP, OF_LINE).replace("exception", "licence"),
        row="c",
        field="per",
        found="reference, line",
        expected="a cap that licences alone draw on: no other lot has a line",
    ),
    Case(
        rule="L005",
        faulty=granted(kind="licence").replace(CAP, OF_LINE.replace("exported", "installed")),
        twin=granted(kind="licence").replace(CAP, OF_LINE),
        row="c",
        field="per",
        found="reference, line of what is installed",
        expected="the basis 'exported' for a licence line",
    ),
    Case(
        rule="L005",
        faulty=cap('"ultimate_consignee"', '"end_user"').replace("exported", "licensed"),
        twin=cap('"ultimate_consignee"', '"destination"').replace("exported", "licensed"),
        row="c",
        field="per",
        found="end_user",
        expected="a key that every licence has: it need not name its end_user",
    ),
    Case(
        rule="L005",
        faulty=cap('"ultimate_consignee"', '"exporter"').replace("exported", "installed"),
        twin=cap('"ultimate_consignee"', '"end_user"').replace("exported", "installed"),
        row="c",
        field="per",
        found="exporter",
        expected="a key that stock has: what is declared or moved names no exporter",
    ),
    Case(
        rule="L005",
        faulty=CLEAN.replace(CAP, SHARE.replace("ultimate_consignee", "end_user")),
        twin=CLEAN.replace(CAP, SHARE.replace('"ultimate_consignee"', '"family", "destination"')),
        row="c",
        field="per",
        found="end_user",
        expected="the owner, alone or with the destination, for a share",
    ),
    Case(
        rule="L005",
        faulty=CLEAN.replace(CAP, SHARE.replace('_consignee"', '_consignee", "end_user"')),
        twin=CLEAN.replace(CAP, SHARE),
        row="c",
        field="per",
        found="ultimate_consignee, end_user",
        expected="the owner, alone or with the destination, for a share",
    ),
    Case(
        rule="L005",
        faulty=granted(kind="status").replace("ultimate_consignee", "end_user"),
        twin=granted(kind="status").replace('consignee"', 'consignee", "destination"'),
        row="c",
        field="per",
        found="end_user",
        expected="the owner, or owner and destination: a status is granted to them",
    ),
    Case(
        rule="L006",
        faulty=CLEAN + GAP.replace("90 FR 1", "  "),
        twin=CLEAN + GAP,
        row="gap",
        field="cite",
        found="no value",
        expected="where the text stands",
    ),
    Case(
        rule="L006",
        faulty=CLEAN.replace(REQUIREMENT, REQUIREMENT.replace("90 FR 1", "15 CFR TBD")),
        twin=CLEAN,
        row="a",
        field="requirements[0].cite",
        found="'15 CFR TBD'",
        expected="where the text stands",
    ),
    Case(
        rule="L006",
        faulty=CLEAN + stop('fact = "end_use", values = ["mining"]').replace("90 FR 1", "a rule"),
        twin=CLEAN + stop('fact = "end_use", values = ["mining"]'),
        row="x",
        field="cite",
        found="'a rule'",
        expected="the number of a law or day",
    ),
    Case(
        rule="L006",
        faulty=CLEAN + GAP.replace("90 FR 1", "laws of other countries"),
        twin=CLEAN + GAP,
        row="gap",
        field="cite",
        found="'laws of other countries'",
        expected="the number of a law or day",
    ),
    Case(
        rule="L007",
        faulty=CLEAN + SWITCH,
        twin=CLEAN + SWITCH + READ_SWITCH,
        row="s",
        field="id",
        found="a switch that no test and no cap reads",
        expected="a test or a cap that asks for it",
    ),
    Case(
        rule="L007",
        faulty=CLEAN + SWITCH + 'unset = "maybe"\n' + READ_SWITCH,
        twin=CLEAN + SWITCH + 'unset = "no"\n' + READ_SWITCH,
        row="s",
        field="unset",
        found="'maybe'",
        expected="one of yes, no",
    ),
    Case(
        rule="L007",
        faulty=CLEAN + SWITCH + READ_SWITCH.replace('values = ["yes"]', 'values = ["yse"]'),
        twin=CLEAN + SWITCH + READ_SWITCH,
        row="x",
        field="when[0].values",
        found="'yse'",
        expected="one of yes, no",
    ),
    Case(
        rule="L007",
        faulty=CLEAN + SWITCH + READ_SWITCH.replace(', values = ["yes"]', ""),
        twin=CLEAN + SWITCH + READ_SWITCH,
        row="x",
        field="when[0].values",
        found="no value",
        expected="one of yes, no",
    ),
    Case(
        rule="L007",
        faulty=cap("allowance", 'counts = { when_switch = { s = "on" } }\nallowance') + SWITCH,
        twin=cap("allowance", 'counts = { when_switch = { s = "no" } }\nallowance') + SWITCH,
        row="c",
        field="counts.when_switch.s",
        found="'on'",
        expected="one of yes, no",
    ),
    Case(
        rule="L008",
        faulty=cap("{ tpp = 100 }", "{ tpp = 100 }, { from = 2026-01-01, tpp = 99.5 }"),
        twin=cap("{ tpp = 100 }", "{ tpp = 100 }, { from = 2026-01-01, tpp = 100 }"),
        row="c",
        field="allowance[1].tpp",
        found="99.5",
        expected="100 or more, or a note that the figure decreases",
    ),
    Case(
        rule="L008",
        faulty=cap("{ tpp = 100 }", '{ tpp = "unlimited" }, { from = 2026-01-01, tpp = 5 }'),
        twin=cap("{ tpp = 100 }", '{ tpp = 5 }, { from = 2026-01-01, tpp = "unlimited" }'),
        row="c",
        field="allowance[1].tpp",
        found="5",
        expected="unlimited or more, or a note that the figure decreases",
    ),
    Case(
        rule="L008",
        faulty=cap("{ tpp = 100 }", "{ tpp = 9 }, { from = 2026-01-01, tpp = 5 }"),
        twin=cap("{ tpp = 100 }", "{ tpp = 9 }, { from = 2026-01-01, tpp = 5 }").replace(
            '"a cap"', '"a cap"\nnote = "Paragraph 2: the figure decreases in 2026."'
        ),
        row="c",
        field="allowance[1].tpp",
        found="5",
        expected="9 or more, or a note that the figure decreases",
    ),
    Case(
        rule="L008",
        faulty=cap("{ tpp = 100 }", "{ tpp = 9 }, { from = 2026-01-01, tpp = 9 }").replace(
            '"a cap"', '"a cap"\nuntil = 2026-01-01'
        ),
        twin=cap("{ tpp = 100 }", "{ tpp = 9 }, { from = 2025-12-31, tpp = 9 }").replace(
            '"a cap"', '"a cap"\nuntil = 2026-01-01'
        ),
        row="c",
        field="allowance[1].from",
        found="2026-01-01",
        expected="a day of the cap's own, the beginning to 2026-01-01",
    ),
    Case(
        rule="L008",
        faulty=cap("{ tpp = 100 }", "{ from = 2025-01-01, tpp = 9 }").replace(
            '"a cap"', '"a cap"\nfrom = 2025-01-02'
        ),
        twin=cap("{ tpp = 100 }", "{ from = 2025-01-02, tpp = 9 }").replace(
            '"a cap"', '"a cap"\nfrom = 2025-01-02'
        ),
        row="c",
        field="allowance[0].from",
        found="2025-01-01",
        expected="a day of the cap's own, 2025-01-02 to the end",
    ),
    Case(
        rule="L008",
        faulty=cap("{ tpp = 100 }", "{ from = 2025-01-03, tpp = 9 }").replace(
            '"a cap"', '"a cap"\nfrom = 2025-01-02'
        ),
        twin=cap("{ tpp = 100 }", "{ tpp = 9 }").replace('"a cap"', '"a cap"\nfrom = 2025-01-02'),
        row="c",
        field="allowance[0].from",
        found="2025-01-03",
        expected="2025-01-02, from which the cap is in force",
    ),
    Case(
        rule="L009",
        faulty=CLEAN.replace('provision = "act"\n', ""),
        twin=CLEAN,
        row="act",
        field="id",
        found="a provision that no row names",
        expected="a row that names it, or a note that it stands for reference",
    ),
    Case(
        rule="L010",
        faulty=CLEAN + GROUP,
        twin=CLEAN + GROUP + stop('fact = "destination", groups = ["g"]'),
        row="g",
        field="id",
        found="a group that no row names",
        expected="a row that names it, or a note that it stands for reference",
    ),
    Case(
        rule="L010",
        faulty=CLEAN + LISTING,
        twin=CLEAN + LISTING + stop('fact = "listing", values = ["l"]'),
        row="l",
        field="id",
        found="a listing that no row names",
        expected="a row that names it, or a note that it stands for reference",
    ),
    Case(
        rule="L010",
        faulty=CLEAN.replace('values = ["a-class"]', 'values = ["none"]'),
        twin=CLEAN,
        row="a-class",
        field="id",
        found="a class that no row names",
        expected="a row that names it, or a note that it stands for reference",
    ),
    Case(
        rule="L010",
        faulty=CLEAN + GROUP + 'note = "a group of the past"\n',
        twin=CLEAN + GROUP + 'note = "kept for reference"\n',
        row="g",
        field="id",
        found="a group that no row names",
        expected="a row that names it, or a note that it stands for reference",
    ),
    Case(
        rule="L011",
        faulty=CLEAN + GAP + 'evidence = "UNCONFIRMED"\n',
        twin=CLEAN + GAP + 'evidence = "UNCONFIRMED"\nnote = "The page was not seen."\n',
        row="gap",
        field="evidence",
        found="UNCONFIRMED",
        expected="a note of the row that says what is open",
    ),
    Case(
        rule="L011",
        faulty=CLEAN
        + GROUP.replace('["BR"]', '["BR", { iso = "AE", evidence = "UNCONFIRMED" }]')
        + stop('fact = "destination", groups = ["g"]'),
        twin=CLEAN
        + GROUP.replace(
            '["BR"]', '[{ iso = "AE", evidence = "UNCONFIRMED", cite = "a letter, 3 May" }]'
        )
        + stop('fact = "destination", groups = ["g"]'),
        row="g",
        field="members[1].evidence",
        found="UNCONFIRMED",
        expected="a note of the row that says what is open",
    ),
    Case(
        rule="L012",
        faulty=CLEAN + DUTY.replace('["a"]', '["a", "b"]'),
        twin=CLEAN + DUTY,
        row="d",
        field="authorizations[1]",
        found="'b'",
        expected="the id of a known authorization",
    ),
    Case(
        rule="L012",
        faulty=CLEAN + DUTY.replace('["a"]', '["a", "b"]'),
        twin=CLEAN + DUTY.replace('["a"]', '["a", "b"]') + GAP + 'authorizations = ["b"]\n',
        row="d",
        field="authorizations[1]",
        found="'b'",
        expected="the id of a known authorization",
    ),
    Case(
        rule="L012",
        faulty=cap("allowance", 'counts = { authorizations = ["b"] }\nallowance'),
        twin=cap("allowance", 'counts = { authorizations = ["a"] }\nallowance'),
        row="c",
        field="counts.authorizations[0]",
        found="'b'",
        expected="the id of a known authorization",
    ),
    Case(
        rule="L012",
        faulty=CLEAN + stop('fact = "status", values = ["b"]'),
        twin=CLEAN + stop('fact = "status", values = ["a"]'),
        row="x",
        field="when[0].values[0]",
        found="'b'",
        expected="the id of a known authorization",
    ),
    Case(
        rule="L013",
        faulty=CLEAN + GAP + "from = 2026-01-02\nuntil = 2026-01-02\n",
        twin=CLEAN + GAP + "from = 2026-01-02\nuntil = 2026-01-03\n",
        row="gap",
        field="until",
        found="2026-01-02",
        expected="a day after 2026-01-02",
    ),
    Case(
        rule="L013",
        faulty=CLEAN
        + LISTING.replace('"]', '"], from = 2026-01-02, until = 2025-01-01')
        + stop('fact = "listing", values = ["l"]'),
        twin=CLEAN
        + LISTING.replace('"]', '"], from = 2025-01-01, until = 2026-01-02')
        + stop('fact = "listing", values = ["l"]'),
        row="l",
        field="members[0].until",
        found="2025-01-01",
        expected="a day after 2026-01-02",
    ),
    Case(
        rule="L013",
        faulty=CLEAN.replace(
            "compliance", "stayed_on = 2026-01-02\nstayed_until = 2026-01-01\ncompliance"
        ),
        twin=CLEAN.replace("compliance", "stayed_on = 2026-01-02\ncompliance"),
        row="act",
        field="stayed_until",
        found="2026-01-01",
        expected="a day after 2026-01-02",
    ),
    Case(
        rule="L014",
        faulty=CLEAN + REVIEW + renamed(REVIEW, of='id = "r"').replace("order = 1", "order = 2"),
        twin=CLEAN
        + REVIEW.replace("[]", '[{ fact = "transaction", values = ["transfer"] }]')
        + renamed(REVIEW, of='id = "r"').replace("order = 1", "order = 2"),
        row="other",
        field="when",
        found="all tests of r, which is asked before it",
        expected="a test that the earlier row does not ask",
    ),
    Case(
        rule="L014",
        faulty=CLEAN + renamed(REVIEW, of='id = "r"').replace("order = 1", "order = 2") + REVIEW,
        twin=CLEAN
        + renamed(REVIEW, of='id = "r"').replace("order = 1", "order = 2")
        + REVIEW.replace("order", "until = 2026-01-01\norder"),
        row="other",
        field="when",
        found="all tests of r, which is asked before it",
        expected="a test that the earlier row does not ask",
    ),
    Case(
        rule="L015",
        faulty=CLEAN + stop('fact = "screening", values = ["EL", "Entity List"]'),
        twin=CLEAN + stop('fact = "screening", values = ["EL", "NS-MBS"]'),
        row="x",
        field="when[0].values",
        found="'Entity List'",
        expected="the code of a list, such as EL or NS-MBS",
    ),
    Case(
        rule="L015",
        faulty=CLEAN + stop('fact = "owner_screening"'),
        twin=CLEAN + stop('fact = "owner_screening", values = ["SDN"]'),
        row="x",
        field="when[0].values",
        found="no value",
        expected="the code of a list, such as EL or NS-MBS",
    ),
    Case(
        rule="L016",
        faulty=CLEAN + stop('fact = "transaction", values = ["sale"]'),
        twin=CLEAN + stop('fact = "transaction", values = ["domestic"]'),
        row="x",
        field="when[0].values",
        found="'sale'",
        expected="export or reexport or transfer or domestic",
    ),
    Case(
        rule="L016",
        faulty=CLEAN + stop('fact = "destination", not_values = ["UAE"]'),
        twin=CLEAN + stop('fact = "destination", not_values = ["AE"]'),
        row="x",
        field="when[0].not_values",
        found="'UAE'",
        expected="a country as two capital letters",
    ),
    Case(
        rule="L016",
        faulty=CLEAN + stop('fact = "data_center", values = ["true"]'),
        twin=CLEAN + stop('fact = "data_center", values = ["yes"]'),
        row="x",
        field="when[0].values",
        found="'true'",
        expected="yes or no",
    ),
    Case(
        rule="L016",
        faulty=CLEAN + stop('fact = "party_kind", values = ["state"]'),
        twin=CLEAN + stop('fact = "party_kind", values = ["government"]'),
        row="x",
        field="when[0].values",
        found="'state'",
        expected="company, government or university",
    ),
    Case(
        rule="L016",
        faulty=CLEAN + GROUP + stop('fact = "end_use", groups = ["g"]'),
        twin=CLEAN + GROUP + stop('fact = "location", groups = ["g"]'),
        row="x",
        field="when[0]",
        found="a test of end_use with the group 'g'",
        expected="a group in a test of a place only",
    ),
    Case(
        rule="L016",
        faulty=CLEAN + stop('fact = "status"'),
        twin=CLEAN + stop('fact = "licence_line"'),
        row="x",
        field="when[0]",
        found="a test of status without values",
        expected="values",
    ),
    Case(
        rule="L017",
        faulty=CLEAN + stop('fact = "item_class", values = ["c-class"]'),
        twin=CLEAN + stop('fact = "item_class", values = ["none"]'),
        row="x",
        field="when[0].values[0]",
        found="'c-class'",
        expected="the id of a known class",
    ),
    Case(
        rule="L017",
        faulty=CLEAN + stop('fact = "listing", not_values = ["l"]'),
        twin=CLEAN + stop('fact = "listing", not_values = ["l"]') + LISTING,
        row="x",
        field="when[0].not_values[0]",
        found="'l'",
        expected="the id of a known listing",
    ),
    Case(
        rule="L017",
        faulty=CLEAN.replace("compliance", 'replaced_by = "other"\ncompliance'),
        twin=CLEAN.replace("compliance", 'replaced_by = "other"\ncompliance')
        + renamed(PROVISION, of='id = "act"'),
        row="act",
        field="replaced_by",
        found="'other'",
        expected="the id of a known provision",
    ),
    Case(
        rule="L017",
        faulty=CLEAN + stop('fact = "destination", groups = ["g"]'),
        twin=CLEAN + stop('fact = "destination", groups = ["g"]') + GROUP,
        row="x",
        field="when[0].groups[0]",
        found="'g'",
        expected="the id of a known group",
    ),
    Case(
        rule="L018",
        faulty=CLEAN + renamed(CAP) + DUTY.replace("what", 'cap = "other"\nwhat'),
        twin=CLEAN + DUTY.replace("what", 'cap = "c"\nwhat'),
        row="d",
        field="cap",
        found="'other'",
        expected="a cap on which its authorizations draw",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {case.found}" for case in CASES])
def test_a_fault_is_found_once_and_not_in_its_twin(case: Case) -> None:
    (one,) = found_in(case.faulty)
    assert (one.rule, one.file, one.row, one.field) == (case.rule, "toy-0", case.row, case.field)
    assert (one.found, one.expected) == (case.found, case.expected)
    assert found_in(case.twin) == []


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | {"L001"} == set(RULES)
    assert all(rule.title for rule in RULES.values())


# ---- rules that need several packs, or packs of other kinds


def test_versions_may_overlap_across_packs_only_and_are_found_there() -> None:
    (one,) = found_in(CLEAN, GAP + "until = 2026-01-01\n", GAP + "from = 2025-12-31\n")
    assert (one.rule, one.file, one.row, one.field) == ("L001", "toy-2", "gap", "from")
    assert one.found == "2025-12-31, while toy-1 has a version until 2026-01-01"
    assert one.expected == "one version for each day"
    assert found_in(CLEAN, GAP + "until = 2026-01-01\n", GAP + "from = 2026-01-01\n") == []


def with_house(*rows: str) -> Law:
    texts = [pack_text(CLEAN), *(pack_text(one, pack="house", kind="house") for one in rows)]
    return Law(AdoptedPack(read(text), digest(text)) for text in texts)


HOUSE_CAP = renamed(CAP).replace("90 FR 1", "board, chair") + "beside = true\n"


def test_a_house_cites_its_own_policy_and_its_caps_need_nothing_that_draws_on_them() -> None:
    assert lint(with_house(HOUSE_CAP)) == []
    (one,) = lint(with_house(HOUSE_CAP.replace("board, chair", "todo")))
    assert (one.rule, one.file, one.row, one.found) == ("L006", "house", "other", "'todo'")


def test_a_house_cap_of_a_licence_line_has_no_holder() -> None:
    (one,) = lint(with_house(renamed(OF_LINE) + "beside = true\n"))
    assert (one.rule, one.file, one.row) == ("L005", "house", "other")


def test_a_duty_may_wait_for_a_house_cap() -> None:
    texts = [
        pack_text(CLEAN + DUTY.replace("what", 'cap = "other"\nwhat')),
        pack_text(HOUSE_CAP, pack="house", kind="house"),
    ]
    assert lint(Law(AdoptedPack(read(text), digest(text)) for text in texts)) == []


# ---- how findings are told


def test_a_review_of_another_provision_stands_in_nothings_way() -> None:
    other = renamed(REVIEW, of='id = "r"').replace('"act"', '"other"')
    assert told(CLEAN + REVIEW + other + renamed(PROVISION, of='id = "act"')) == []


def test_a_switch_that_no_pack_has_is_told_once() -> None:
    assert told(CLEAN + READ_SWITCH) == [("L017", "x", "when[0].switch")]


def test_errors_stand_before_warnings() -> None:
    found = found_in(CLEAN + GROUP + renamed(CAP))
    assert [(one.rule, one.severity) for one in found] == [("L003", "error"), ("L010", "warning")]


def test_what_is_not_modelled_may_be_law_without_a_number() -> None:
    (one,) = found_in(CLEAN + GAP.replace("90 FR 1", "laws of other countries"))
    assert one.severity == "warning"


def test_the_unset_reading_of_a_switch_may_be_left_open() -> None:
    assert told(CLEAN + SWITCH + READ_SWITCH) == []


def test_the_standard_packs_have_no_error() -> None:
    law = Law(AdoptedPack(read(text), digest(text)) for text in pack_texts())
    assert [one for one in lint(law) if one.severity == "error"] == []
