"""`python -m ledger.cli`: the command, where its script is not on the path."""

from ledger.cli.app import main

main()
