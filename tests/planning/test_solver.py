import pytest

from ledger.planning.solver import Model


def two() -> Model:
    """At most 5 of each; twice the first and the second are at most 7.5."""
    model = Model()
    model.row([model.column(3, 5), model.column(2, 5)], [2, 1], upper=7.5)
    return model


def test_whole_columns_are_found_and_what_none_can_gain_more_than() -> None:
    found = two().solve(seconds=5, gap=0)
    assert (found.status, found.found) == ("optimal", True)
    assert [round(one, 6) for one in found.columns] == [1, 5]
    assert found.value == pytest.approx(13)
    assert found.bound == pytest.approx(13)


def test_the_relaxation_says_what_one_more_of_each_row_gains() -> None:
    found = two().relaxed(seconds=5)
    assert found.value == pytest.approx(13.75)
    assert list(found.duals) == pytest.approx([1.5])
    assert list(found.reduced)[1] == pytest.approx(0.5)


def test_what_no_columns_keep_is_infeasible() -> None:
    model = two()
    model.row([0], [1], lower=4)
    found = model.solve(seconds=5, gap=0)
    assert (found.status, found.found, found.bound) == ("infeasible", False, None)


def test_a_model_of_nothing_gains_nothing() -> None:
    assert Model().solve(seconds=5, gap=0).value == 0


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    two().solve(seconds=5, gap=0)
    assert capfd.readouterr() == ("", "")


def knapsack(sizes: int, *, must: int = 0) -> tuple[Model, list[list[int]]]:
    """Of each group one column, each of another size and gain; all of them in a small room."""
    model, groups = Model(), []
    for at in range(sizes):
        own = [model.column(float(7 + (at * k) % 11 + k), 1) for k in range(1, 60)]
        model.row(own, [1.0] * len(own), upper=1, lower=float(at < must))
        groups.append(own)
    weights = [float(5 + (at * 13) % 17) for at in range(len(model.gains))]
    model.row(range(len(weights)), weights, upper=41.0)
    return model, groups


def test_sifting_finds_what_a_whole_search_finds() -> None:
    model, groups = knapsack(12)
    whole = model.solve(seconds=20, gap=0.0)
    sifted = model.sifted(groups, seconds=20, gap=1e-6)
    assert sifted.value == pytest.approx(whole.value)
    assert sifted.bound is not None
    assert sifted.bound >= (sifted.value or 0) - 1e-6
    assert len(sifted.duals) == len(model.lower)


def test_sifting_tries_what_it_is_told_to_keep() -> None:
    """The last column alone is whole; the relaxation likes the sixty before it better."""
    model = Model()
    own = [model.column(10.0, 1) for _ in range(60)]
    kept = model.column(1.0, 1)
    model.row([*own, kept], [*[2.0] * 60, 1.0], upper=1.0)
    groups = [[*own, kept]]
    assert model.sifted(groups, seconds=1, gap=1e-6, keep=[kept]).columns[kept] == 1
    # Without it the few that are liked gain nothing, and a bound for all is still that of all.
    assert (model.sifted(groups, seconds=1, gap=1e-6).bound or 0) == pytest.approx(5.0)


def test_sifting_says_that_there_is_nothing() -> None:
    model, groups = knapsack(12, must=12)
    assert model.sifted(groups, seconds=20, gap=1e-6).status == "infeasible"


def test_sifting_looks_at_all_where_the_few_that_are_liked_do_not_go_together() -> None:
    """The relaxation likes halves, which are no whole: the best is among the others."""
    model = Model()
    liked = [model.column(10.0, 1) for _ in range(3)]
    others = [model.column(1.0, 1) for _ in range(200)]
    model.row([*liked, *others], [1.0] * 203, upper=1.5, lower=1.0)
    model.row(liked, [1.0, 1.0, 1.0], upper=0.9)
    found = model.sifted([[*liked, *others]], seconds=20, gap=1e-9)
    assert found.value == pytest.approx(1.0)
    assert found.status == "optimal"
