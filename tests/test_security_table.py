"""The tests that SECURITY.md names exist, and nothing is claimed without one."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENT = re.compile(r"\d+\.\d+\.\d+")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = (ROOT / "SECURITY.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def names_in(path: Path) -> set[str]:
    """The names of the tests of a module, also those in classes."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_what_holds_is_shown_by_tests_that_exist() -> None:
    for requirement, _, shown in rows("What holds, and the test that shows it"):
        assert REQUIREMENT.fullmatch(requirement)
        named = re.findall(r"`([^`]+)::(test_\w+)`", shown)
        assert named, requirement
        for file, test in named:
            assert test in names_in(ROOT / file), f"{requirement}: {file}::{test}"


def test_a_requirement_holds_or_is_open_and_stands_there_once() -> None:
    held = [requirement for requirement, *_ in rows("What holds, and the test that shows it")]
    assert len(held) == len(set(held)) > 90
    assert held == sorted(held, key=lambda name: [int(part) for part in name.split(".")])
    still_open = {name for cell, _ in rows("Open") for name in REQUIREMENT.findall(cell)}
    # Shown in part: the rest of it stands among what is open.
    assert still_open & set(held) <= {"6.5.4", "13.4.2"}
