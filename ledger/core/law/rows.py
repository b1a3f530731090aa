"""The rows a rule pack is made of; every row of law carries its citation and its days."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from ledger.core.events import DeviceFacts
from ledger.core.law.conditions import Exemption, Requirement, Test
from ledger.core.law.row import OPEN_END, DayOfYear, Evidence, Posture, Review, Row
from ledger.core.values import AmountTpp, Day, Exact, Id, Text, Value


class Provision(Row):
    """A body of law with its status: on the books and enforced are two axes.

    A statement suspends enforcement only; a stay takes the text itself out of effect for its days.
    `replaced_by` names the provision that decides in its place wherever that one decides.
    """

    title: Text
    published_on: Day
    effective_on: Day
    compliance_on: Day
    suspended_on: Day | None = None
    suspended_by: Text | None = None
    stayed_on: Day | None = None
    stayed_until: Day = OPEN_END
    stayed_by: Text | None = None
    rescinded_on: Day | None = None
    replaced_by: Id | None = None

    def stayed(self, on: date) -> bool:
        """Whether a stay holds the text back on a day."""
        return self.stayed_on is not None and self.stayed_on <= on < self.stayed_until

    def on_the_books(self, on: date) -> bool:
        """Whether the text decides on a day: from its compliance day, unless stayed or gone."""
        gone = self.rescinded_on is not None and self.rescinded_on <= on
        return self.compliance_on <= on and not gone and not self.stayed(on)

    def enforced(self, on: date) -> bool:
        """Whether the text is on the books and not suspended on a day."""
        return self.on_the_books(on) and (self.suspended_on is None or on < self.suspended_on)


class Coverage(Row):
    """The days and the posture for which the adopted packs know the law.

    `known_until` is the first day for which nobody looked whether the law has changed.
    """

    posture: Posture
    known_until: Day = OPEN_END


class Member(Value):
    """One destination's membership of a group, for its days."""

    iso: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    valid_from: Day = Field(default=date.min, alias="from")
    until: Day = OPEN_END
    evidence: Evidence | None = None
    cite: Text | None = None


def _listed(members: object) -> object:
    """Let a pack write `members = ["AU", "BE"]` where no membership has days of its own."""
    if isinstance(members, list):
        return tuple({"iso": member} if isinstance(member, str) else member for member in members)
    return members


class Group(Row):
    """A dated set of destinations: its own members, or a union of groups less others."""

    title: Text
    members: Annotated[tuple[Member, ...], BeforeValidator(_listed)] = ()
    union: tuple[Id, ...] = ()
    minus: tuple[Id, ...] = ()


class ClassTest(Value):
    """One paragraph of an item class: bounds on TPP, density and I/O rate of one IC."""

    paragraph: Text
    min_tpp: AmountTpp | None = None
    below_tpp: AmountTpp | None = None
    min_performance_density: Exact | None = None
    below_performance_density: Exact | None = None
    min_interconnect_gbps: Exact | None = None


class ItemClass(Row):
    """A class of items: its paragraphs, evaluated in the order in which the classes stand.

    An IC neither designed nor marketed for data centers is out below `data_center_only_below`.
    `entries` are the paragraphs of the Commerce Control List that hold items of the class: the
    first for one IC, the second for a unit of several.
    """

    title: Text
    order: int
    paragraphs: tuple[ClassTest, ...]
    data_center_only_below: AmountTpp | None = None
    entries: tuple[Text, ...] = ()


class LicenceRequirement(Row):
    """Where a licence is asked for: NLR is closed to a lot that meets all of `when`.

    A lot that meets an exemption of `unless` is left out.
    """

    provision: Id
    title: Text
    when: tuple[Test, ...]
    unless: tuple[Exemption, ...] = ()


class Stop(Row):
    """What stops a lot whatever authorization it would go under: a listed party, an embargo.

    `prohibited` closes every authorization, `license-required` all but a licence, `unresolved`
    leaves them open to doubt. A licence is in doubt too, unless it lifts the stop. `review` is how
    an application would be reviewed: not known if left out, `ordinary` if as that of any other lot.
    """

    title: Text
    when: tuple[Test, ...]
    effect: Literal["prohibited", "license-required", "unresolved"]
    provision: Id | None = None
    lifted_by_licence: bool = False
    review: Review | Literal["ordinary"] | None = None


class Remark(Row):
    """What a reader of an answer must know of the law on some lots; it decides nothing."""

    text: Text
    when: tuple[Test, ...] = ()
    posture: Posture | None = None


class Named(Value):
    """Parties that a listing names: by their names, or by kind and headquarters.

    With `subsidiaries`, every party whose parents (stated, or owners of more than half) reach one
    so named is named too. A kind is given with its `headquarters`, or with those that are left out;
    of a name, `headquarters` is where its bearer must sit.
    """

    names: tuple[Text, ...] = ()
    party_kind: Literal["company", "government", "university"] | None = None
    headquarters: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    not_headquarters: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
    subsidiaries: bool = False
    valid_from: Day = Field(default=date.min, alias="from")
    until: Day = OPEN_END
    evidence: Evidence | None = None
    cite: Text | None = None

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        placed = self.headquarters is not None or bool(self.not_headquarters)
        if bool(self.names) == (self.party_kind is not None) or not (self.names or placed):
            msg = "a listed party is given by names, or by party_kind and headquarters"
            raise ValueError(msg)
        return self


class Listing(Row):
    """Parties that the law itself names, such as those of a supplement, with their days.

    `name_endings` are words at the end of a name that do not tell two names apart (legal forms).
    """

    title: Text
    members: Annotated[tuple[Named, ...], Field(min_length=1)]
    name_endings: tuple[Text, ...] = ()


class Authorization(Row):
    """A legal ground of a movement: its requirements, in conjunction, and the caps it draws on.

    `kind`: `none` needs no licence, `exception` and `status` are open to who meets them,
    `licence` is granted line by line. `one_destination`: each grant names exactly one; else a grant
    that names none is good anywhere. What has no cap that limits it says `unlimited`.
    """

    title: Text
    provision: Id | None = None
    order: int
    kind: Literal["none", "exception", "status", "licence"]
    one_destination: bool = False
    unlimited: bool = False
    requirements: tuple[Requirement, ...] = ()
    caps: tuple[Id, ...] = ()


class Due(Value):
    """When a duty is due, counted from the lot's day; nothing given means before shipment.

    `half_year_report`: the first of these days after the lot's half-year; `next_of`: the first of
    these days after the lot's own day; `at_end`: the last day of a grant or a listing.
    """

    days_before: int | None = None
    days_after: int | None = None
    years_after: int | None = None
    half_year_report: tuple[DayOfYear, ...] = ()
    next_of: tuple[DayOfYear, ...] = ()
    at_end: bool = False


class Duty(Row):
    """A notice, certification, report or condition that an authorization brings.

    With a `cap`, only once that notice threshold is reached. It arises with each lot, or
    `together` once for all of a party's lots that it is due for on the same day. What arises with
    a `grant` is due on each of its days while the grant is live, whatever goes; with a `listing`,
    for the parties that one of `listings` names until a day. One that `lasts` is over after its
    day, such as the keeping of records.
    """

    authorizations: tuple[Id, ...] = ()
    what: Text
    cap: Id | None = None
    due: Due = Due()
    arises: Literal["lot", "grant", "listing"] = "lot"
    together: bool = False
    lasts: bool = False
    listings: tuple[Id, ...] = ()


class ReviewPolicy(Row):
    """How a licence application is reviewed; the first row that fits decides.

    With a `cap`, `within` holds while the lot fits it and `beyond` past it.
    """

    order: int
    provision: Id
    when: tuple[Test, ...]
    within: Review
    beyond: Review | None = None
    cap: Id | None = None

    @model_validator(mode="after")
    def _beyond_a_cap(self) -> Self:
        if (self.cap is None) != (self.beyond is None):
            msg = "cap and beyond go together"
            raise ValueError(msg)
        return self


class Switch(Row):
    """A point where the text conflicts: its readings, and what an unset switch means."""

    title: Text
    values: tuple[Id, ...]
    unset: Id | None = None


class Gap(Row):
    """What the packs do not model, said aloud.

    With `when`, a lot that meets it is unresolved (never NLR). With `warn_when`, the answer on a
    lot that meets it says so. Without either it is only listed. `authorizations` are those that it
    would bring: lots that went under them are recorded, requests for them are unresolved.
    """

    title: Text
    when: tuple[Test, ...] = ()
    warn_when: tuple[Test, ...] = ()
    authorizations: tuple[Id, ...] = ()


class Device(DeviceFacts):
    """A catalogue row: one device with one canonical TPP."""

    confidence: Literal["high", "medium"]
