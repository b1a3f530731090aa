"""Who needs no licence in the Emirates: 91 FR 43034, and Supp. No. 8 to part 740."""

from tests.reference.facts import Known, every
from tests.reference.world import UNKNOWN, Ask, Party, World

US_FIRMS = frozenset({"amazon", "apple", "google", "meta", "microsoft", "openai", "oracle", "xai"})
LEGAL_FORMS = frozenset({"corporation", "inc", "llc", "ltd"})


def free_in_the_emirates(world: World, ask: Ask) -> Known:
    """Whether purchaser, ultimate consignee and end user are all listed on the day."""
    if ask.on < "2026-07-10" or ask.destination != "AE":
        return False
    asked = [ask.purchaser, ask.consignee, ask.end_user]
    return every(*(_listed(world, party, ask.on) for party in asked if party))


def _listed(world: World, party: str, day: str) -> Known:
    """The government; G42 and Core42 for a while; the US firms with their subsidiaries."""
    facts = world.parties[party]
    if facts.kind == "government":
        if facts.headquarters == UNKNOWN:
            return None
        if facts.headquarters == "AE":
            return True
    until = "2027-04-06" if _plain(facts.name) in {"g42", "core42"} else ""
    if day <= until and facts.headquarters in {"AE", UNKNOWN}:
        sure = facts.headquarters == "AE" and day < until
        return True if sure else None
    above = _itself_and_above(world, party)
    named = [one for one in above if _plain(one.name) in US_FIRMS]
    if any(one.headquarters == "US" for one in named):
        return True
    if any(one.headquarters == UNKNOWN for one in named):
        return None
    top = above[-1]
    higher = top.owner if top.owner and top.owner_percent > 50 else top.parent
    return None if higher == UNKNOWN else False


def _itself_and_above(world: World, party: str) -> list[Party]:
    """A party and who owns it by more than half, step by step, or else its ultimate parent."""
    found: list[Party] = []
    while party not in {"", UNKNOWN}:
        facts = world.parties[party]
        found.append(facts)
        party = facts.owner if facts.owner_percent > 50 and facts.owner else facts.parent
    return found


def _plain(name: str) -> str:
    """A name without case and legal form."""
    first, *others = name.casefold().split()
    return " ".join([first, *(word for word in others if word not in LEGAL_FORMS)])
