"""Running sums: what a query finds now, and every change of it since it was first asked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ledger.core.positions import Drawn


@dataclass(slots=True)
class Running:
    """The sums of a query, read anew each time, and the changes that were added one by one.

    Whoever made something of the sums before can go on with the changes that came since, as long as
    `added` is the very same list.
    """

    added: list[Drawn]
    read: Callable[[], Iterable[Drawn]]

    def __iter__(self) -> Iterator[Drawn]:
        """The sums as they are now."""
        return iter(self.read())
