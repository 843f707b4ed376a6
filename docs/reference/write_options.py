"""Writes options.md from the table of options: `python docs/reference/write_options.py`, or `make options-page`."""

from __future__ import annotations

from pathlib import Path

from locust._options import GROUPS, OPTIONS, Option

PAGE = Path(__file__).with_name("options.md")
HEAD = """\
# Options

<!-- Written by write_options.py, from src/locust/_options.py: `make options-page`. -->

Each option can be given on the command line, in an environment variable, or in a configuration file under its long
name without the dashes: see [Configuration](../guide/configuration.md). An unambiguous beginning of a long name is
enough: `--run 5m`.
"""


def text() -> str:
    """Gives the page."""
    sections = [HEAD]
    for group in GROUPS:
        rows = [_row(option) for option in OPTIONS if option.group is group and option.help and not option.removed]
        intro = " ".join(group.description.split()) + "\n\n" if group.description else ""
        sections.append(f"## {group.title}\n\n{intro}| Option | Variable | |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    removed = [option for option in OPTIONS if option.removed]
    lines = [f"* `{'`, `'.join(option.flags)}`: {option.removed}" for option in removed]
    sections.append("## Gone\n\n" + "\n".join(lines) + "\n")
    return "\n".join(sections)


def _row(option: Option) -> str:
    value = option.metavar or (option.dest.upper() if option.kind in ("value", "values") else "")
    if option.kind in ("flag", "help", "version"):
        value = ""
    spelling = " ".join(part for part in (", ".join(option.flags), value) if part)
    cells = (
        f"`{spelling}`",
        f"`{option.env_var}`" if option.env_var else "",
        (option.help or "").replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(text())
