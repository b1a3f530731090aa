"""Where the data folders are: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parent


def data_folder(name: str) -> Path:
    """The folder of that name (migrations, schemas, reports, examples)."""
    inside = PACKAGE / "_data" / name
    return inside if inside.is_dir() else PACKAGE.parent / name


RULES: Final = PACKAGE / "rules"
