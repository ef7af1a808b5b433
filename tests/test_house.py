"""The rules of the house that a newcomer can rely on."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("slrt", "bot", "console", "actions", "referral", "registry", "nlu", "storage", "templates")
MODULES = sorted(path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py"))
OURS = [path for path in MODULES if not path.is_relative_to(ROOT / "tests")]


def test_imports_only_ever_point_down() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if path in (ROOT / "slrt" / "settings.py",):
        pytest.skip("the one that may")
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in {("os", "environ"), ("os", "getenv"), ("os", "putenv")}, (
                node.lineno
            )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_under_400_lines_and_functions_under_40(path: Path) -> None:
    text = path.read_text()
    generated = path.is_relative_to(ROOT / "storage" / "migrations" / "versions")
    assert generated or len(text.splitlines()) < 400
    for node in ast.walk(ast.parse(text)):
        if not generated and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.body[0].lineno + 1
            assert length <= 40, f"{node.name} has {length} lines"


def test_nothing_committed_names_a_package_host() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "--index" not in text
        assert "--extra-index" not in text
        assert "http" not in [word for line in text.splitlines() for word in line.split("#")[0].split("://")]
