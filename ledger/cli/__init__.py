"""The command line: one function per command, text for people, `--json` for programs."""
