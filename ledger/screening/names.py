"""What a name comes down to before two of them are compared."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from anyascii import anyascii

# Words that say how a company is incorporated, not which one it is; without the dots they are
# written with, in Latin letters. `and`, `of` and `the` stand here since they come and go.
LEGAL_WORDS: Final = frozenset(
    """
    and of the
    co company companies corp corporation inc incorporated liability limited llc llp lp ltd plc pllc
    private pte pty pvt bhd sdn berhad
    ag gesellschaft gmbh kg kgaa mbh ohg se ug
    bv bvba nv vof
    eurl sa sarl sas sasu
    srl spa snc sapa
    sab sau sl slu sociedad anonima lda ltda eireli
    ab aps as asa oy oyj aktiebolag aktiengesellschaft
    ad doo eood ood kft nyrt zrt sro spzoo
    ao oao ooo pao zao ojsc cjsc pjsc jsc njsc tov
    aktsionernoe aktsionernoye obshchestvo obschestvo obshchestva aktsionernogo
    otkrytoe otkrytoye zakrytoe zakrytoye publichnoe publichnoye
    ogranichennoi ogranichennoy otvetstvennostyu otvetstvennostiu
    bsc dmcc fz fzc fzco fze fzllc psc sal wll pvtltd shrkh sharika
    kk yk gk kabushiki kaisha yugen godo
    gongsi youxian youxiangongsi gufen zeren jituanyouxiangongsi
    sti sirketi anonim tbk
    """.split()  # noqa: SIM905 -- as a list it would be a hundred lines long
)

# Words that are a legal form only together, wherever in the name they stand.
LEGAL_PHRASES: Final = tuple(
    Counter(phrase.split())
    for phrase in (
        "public joint stock",
        "open joint stock",
        "closed joint stock",
        "joint stock",
        "you xian gong si",
        "gu fen you xian gong si",
        "ze ren you xian gong si",
        "obshchestvo s",
        "s de rl de cv",
        "s de rl",
        "sa de cv",
        "de cv",
        "sp z oo",
    )
)

_IN_PHRASES: Final = frozenset(word for phrase in LEGAL_PHRASES for word in phrase)

# The legal forms of scripts that write without spaces or with letters of two sounds.
LEGAL_FORMS: Final = re.compile(
    "股份有限公司|股份有限责任公司|有限责任公司|有限責任公司|有限公司|集团公司|公司|株式会社|有限会社"
    "|合同会社|주식회사|유한회사|㈱|㈜|ذ\\s?\\.\\s?م\\s?\\.\\s?م|ش\\s?\\.\\s?م\\s?\\.\\s?[معخل]"
)

# What lists give in English where a Chinese name says it in Chinese.
TRANSLATED: Final = {
    "技术": "technology",
    "技術": "technology",
    "科技": "technology",
    "电子": "electronics",
    "電子": "electronics",
    "半导体": "semiconductor",
    "半導體": "semiconductor",
    "微电子": "microelectronics",
    "通信": "communications",
    "通讯": "communications",
    "电信": "telecom",
    "移动": "mobile",
    "信息": "information",
    "软件": "software",
    "网络": "network",
    "数据": "data",
    "智能": "intelligent",
    "计算机": "computer",
    "航空": "aviation",
    "航天": "aerospace",
    "国际": "international",
    "國際": "international",
    "贸易": "trading",
    "贸易公司": "trading",
    "工业": "industry",
    "集团": "group",
    "集團": "group",
    "大学": "university",
    "研究所": "research institute",
    "研究院": "research institute",
    "中国": "china",
    "北京": "beijing",
    "上海": "shanghai",
    "深圳": "shenzhen",
    "香港": "hong kong",
}

_EAST_ASIAN: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_TO_TRANSLATE: Final = re.compile("|".join(sorted(TRANSLATED, key=len, reverse=True)))
_DOTTED: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[./][a-z])+(?![a-z0-9])")
_WORD: Final = re.compile(r"[a-z0-9]+")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_SUCCESSORS: Final = re.compile(r"[;,]?\s*and any successor.*", re.IGNORECASE | re.DOTALL)
_KNOWN_AS: Final = re.compile(r";|[\s(,]+(?:a\.?k\.?a|f\.?k\.?a|n\.?k\.?a)\b\.?\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Spelling:
    """One way to read a name: the words that count, in the order written, and those dropped."""

    words: tuple[str, ...]
    dropped: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """The words in alphabetical order: what is compared."""
        return " ".join(sorted(self.words))

    @cached_property
    def joined(self) -> str:
        """The words without blanks, in the order written: `ChinaTelecom` is `China Telecom`."""
        return "".join(self.words)


def normalised(name: str) -> str:
    """The words of a name in alphabetical order: Latin letters, no case, marks or legal forms.

    A name that is nothing but legal forms keeps them; one without letters and digits is empty.
    """
    return spelling(name).key


def spelling(name: str) -> Spelling:
    """Read a name as it stands."""
    words = _words(LEGAL_FORMS.sub(" ", name))
    if not words:
        return Spelling(tuple(_words(name)))
    left = Counter(words)
    for phrase in LEGAL_PHRASES if not _IN_PHRASES.isdisjoint(words) else ():
        while phrase <= left:
            left -= phrase
    kept: list[str] = []
    dropped: list[str] = []
    for word in words:
        stays = word not in LEGAL_WORDS and left[word] > 0
        left[word] -= 1
        (kept if stays else dropped).append(word)
    if not kept:
        return Spelling(tuple(words))
    return Spelling(tuple(kept), (*LEGAL_FORMS.findall(name), *dropped))


def spellings(name: str) -> tuple[Spelling, ...]:
    """Every way to read a name: other names inside it, without brackets, and in translation."""
    found: dict[tuple[str, str], Spelling] = {}
    for part in _KNOWN_AS.split(_SUCCESSORS.sub("", name)):
        texts = (part, _BRACKETS.sub(" ", part), _TO_TRANSLATE.sub(_translation, part))
        for text in dict.fromkeys(texts):
            read = spelling(text)
            if read.words:
                found.setdefault((read.key, read.joined), read)
    return tuple(found.values())


def stem(word: str) -> str:
    """A word without its plural, so that Technologies and Technology are one word."""
    if word.endswith("ies") and len(word) > len("ties"):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) > len("bus"):
        return word[:-1]
    return word


def _translation(found: re.Match[str]) -> str:
    return f" {TRANSLATED[found[0]]} "


def _words(name: str) -> list[str]:
    apart = _EAST_ASIAN.sub(lambda run: f" {run[0]} ", name)
    plain = anyascii(apart).casefold().replace("'", "").replace("`", "").replace("&", " and ")
    return _WORD.findall(_DOTTED.sub(lambda dotted: re.sub("[./]", "", dotted[0]), plain))
