"""What names come down to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.screening.names import LEGAL_WORDS, normalised, spelling, spellings, stem

NAMES = st.text(max_size=60)
WORDS = st.lists(
    st.sampled_from(
        ["Huawei", "joint", "stock", "public", "Co.", "Ltd", "s", "de", "cv", "A", "Xi'an"]
    )
    | st.text(alphabet="abcdefgABCé", min_size=1, max_size=8),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Huawei Technologies Co., Ltd.", "huawei technologies"),
        ("TECHNOLOGIES HUAWEI", "huawei technologies"),
        ("Acme L.L.C.", "acme"),
        ("Acme Trading FZ-LLC", "acme trading"),
        ("Acme, S.p.A.", "acme"),
        ("Xyz S. de R.L. de C.V.", "xyz"),
        ("Xyz Sp. z o.o.", "xyz"),
        ("Telekom Malaysia Sdn Bhd", "malaysia telekom"),
        ("Public Joint Stock Company Gazprom", "gazprom"),
        ("ООО «Газпром»", "gazprom"),  # noqa: RUF001 -- Cyrillic
        ("华为技术有限公司", "huaweijishu"),
        ("株式会社東芝", "dongzhi"),
        ("Toshiba Kabushiki Kaisha", "toshiba"),
        ("삼성전자 주식회사", "samseongjeonja"),
        ("شركة هواوي ذ.م.م", "hwwy"),
        ("Johnson & Johnson", "johnson johnson"),
        ("Johnson and Johnson", "johnson johnson"),
        ("Xi’an Aerospace", "aerospace xian"),  # noqa: RUF001 -- as listed
        ("Société Générale S.A.", "generale societe"),
        ("Yuri I. Montgomery", "i montgomery yuri"),
        ("J.P. Morgan", "jp morgan"),
        ("Limited Company", "company limited"),
        ("有限公司", "youxiangongsi"),
        ("?!", ""),
        ("", ""),
    ],
)
def test_a_name_comes_down_to_its_words(written: str, read: str) -> None:
    assert normalised(written) == read


@given(NAMES)
def test_reading_a_read_name_changes_nothing(name: str) -> None:
    assert normalised(normalised(name)) == normalised(name)


@given(WORDS.flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_the_order_of_words_does_not_matter(orders: tuple[list[str], list[str]]) -> None:
    first, second = orders
    assert normalised(" ".join(first)) == normalised(" ".join(second))


@given(NAMES)
def test_no_word_is_lost(name: str) -> None:
    read = spelling(name)
    plain = spelling(" ".join((*read.words, *read.dropped)))
    assert plain.key == read.key
    assert all(word.isascii() and word.isalnum() for word in read.words)


@pytest.mark.parametrize("word", sorted(LEGAL_WORDS))
def test_every_legal_word_is_left_out(word: str) -> None:
    assert normalised(f"Acme {word.upper()}") == "acme"


def keys(name: str) -> set[str]:
    return {read.key for read in spellings(name)}


def test_other_names_inside_a_name_are_names() -> None:
    assert keys("Cho Yan Nathan; a.k.a Nathan Man Man") == {"cho nathan yan", "man man nathan"}
    assert keys("Russian Aerospace Forces (aka VKS); and any successor, sub-unit") == {
        "aerospace forces russian",
        "vks",
    }


def test_what_stands_in_brackets_may_be_missing() -> None:
    assert keys("China Unicom (Hong Kong) Limited") == {"china hong kong unicom", "china unicom"}


def test_a_chinese_name_is_also_read_in_translation() -> None:
    assert keys("华为技术有限公司") == {"huaweijishu", "huawei technology"}


def test_a_name_without_letters_has_no_spelling() -> None:
    assert spellings("—") == ()


@pytest.mark.parametrize(
    ("word", "base"),
    [("technologies", "technology"), ("systems", "system"), ("glass", "glass"), ("gas", "gas")],
)
def test_a_plural_counts_as_its_singular(word: str, base: str) -> None:
    assert stem(word) == base
