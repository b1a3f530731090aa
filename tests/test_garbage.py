"""Garbage is left alone for a while, and looked for again afterwards if it was before."""

import gc

import pytest

from ledger.garbage import uncollected


@pytest.fixture(params=[True, False], ids=["looked for", "not looked for"])
def looked_for(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_garbage_is_looked_for_again_if_it_was(looked_for: bool) -> None:  # noqa: FBT001 -- a fixture
    before = gc.isenabled()
    (gc.enable if looked_for else gc.disable)()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() == looked_for
        with pytest.raises(ValueError, match="stop"), uncollected():
            raise ValueError("stop")
        assert gc.isenabled() == looked_for
    finally:
        (gc.enable if before else gc.disable)()
