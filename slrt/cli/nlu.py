"""`slrt nlu`: train, serve, ask and measure the understanding."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from nlu import evaluation, inprocess, server, training
from nlu.errors import NluError
from nlu.export import write_yaml
from nlu.messages import load
from nlu.rows import Row, read_rows
from slrt.building import nlu_token, project_root
from slrt.cli.common import fail, settings_or_fail
from slrt.settings import Settings

app = typer.Typer(no_args_is_help=True)
_ALL = "all"
_TEXT_WIDTH = 300

Files = Annotated[
    list[Path], typer.Argument(help="Test sets, JSON Lines (docs/nlu.md).", exists=True, dir_okay=False, readable=True)
]


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _rasa_python(settings: Settings) -> Path:
    return settings.rasa_python if settings.rasa_python.is_absolute() else project_root() / settings.rasa_python


def _model(settings: Settings) -> Path:
    """The trained model, trained now where there is none; the command ends with one sentence where that fails."""
    try:
        return asyncio.run(training.ensure_model(_rasa_python(settings), settings.data_dir, _progress))
    except NluError as error:
        fail(str(error))


@app.command()
def train() -> None:
    """Train the model, unless one for these data and this code is there; prints where it is."""
    typer.echo(_model(settings_or_fail()))


@app.command()
def serve() -> None:
    """Serve the model with Rasa on this machine (SLRT_NLU_PORT, loopback only), until Ctrl-C."""
    settings = settings_or_fail()
    model = _model(settings)
    command, environment = server.command(_rasa_python(settings), model, settings.nlu_port, nlu_token(settings))
    _progress(f"Pemahaman: http://127.0.0.1:{settings.nlu_port}/model/parse")
    os.execve(command[0], command, environment)  # noqa: S606  # this process becomes Rasa


@app.command()
def parse() -> None:
    """Read one message a line (a JSON string where it begins with a quote), write one JSON object a line."""
    settings = settings_or_fail()
    python, model = _rasa_python(settings), _model(settings)
    try:
        if sys.stdin.isatty():
            answers: Any = inprocess.parse_each(python, model, _messages())
        else:
            answers = inprocess.parse_all(python, model, _messages())
        for answer in answers:
            typer.echo(json.dumps(answer, ensure_ascii=False))
    except NluError as error:
        fail(str(error))


def _messages() -> Iterator[str]:
    for raw in sys.stdin:
        line = raw.rstrip("\n")
        if line.startswith('"'):
            with contextlib.suppress(ValueError):  # a quotation, not a JSON string
                line = str(json.loads(line))
        yield line


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write Rasa's YAML.", dir_okay=False)],
    writer: Annotated[list[str] | None, typer.Option(help="Only this writer's messages; may be repeated.")] = None,
) -> None:
    """Write the labelled messages as Rasa's own YAML, for `rasa test nlu` and other pipelines."""
    messages = [message for message in load() if not writer or message.writer in writer]
    if not messages:
        fail(f"no such writer: {', '.join(writer or [])}")
    write_yaml(messages, file)
    typer.echo(f"{len(messages)} messages")


@app.command()
def evaluate(
    files: Files, as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON on standard output.")] = False
) -> None:
    """Measure the model on labelled messages: intent, needs, urgency, entities, calibration, worst errors."""
    settings = settings_or_fail()
    python, model = _rasa_python(settings), _model(settings)
    report: dict[str, Any] = {}
    try:
        sets = {str(path): read_rows(path) for path in files}
        texts = [row.text for rows in sets.values() for row in rows]
        answers = iter(inprocess.parse_all(python, model, texts))
    except NluError as error:
        fail(str(error))
    for name, rows in sets.items():
        pairs = [(row, next(answers)) for row in rows]
        groups = evaluation.by_variety(pairs)
        varieties = {variety: evaluation.figures(groups[variety]) for variety in sorted(groups)}
        report[name] = {_ALL: evaluation.figures(pairs), "by_variety": varieties}
        if not as_json:
            _show(name, report[name], pairs)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))


def _show(name: str, report: dict[str, Any], pairs: list[tuple[Row, dict[str, Any]]]) -> None:
    console = Console(soft_wrap=True)
    console.rule(name)
    _show_figures(console, report)
    _show_labels(console, pairs)
    _show_confidence(console, pairs)
    console.print("\n[bold]Worst errors[/]")
    for row, answer in evaluation.worst(pairs):
        found = ", ".join(f"{need['need']} {need['confidence']:.2f}" for need in answer["needs"]) or "-"
        wanted = ", ".join(sorted(row.needs or row.any_need or ())) or "-"
        console.print(
            f"expected {row.intent} | {wanted} | urgent {row.urgent}; "
            f"found {answer['intent']} {answer['confidence']:.2f} | {found} | urgent {answer['urgent']}",
            markup=False,
            highlight=False,
        )
        console.print(f"    {row.text[:_TEXT_WIDTH]!r}", markup=False, highlight=False)


def _show_figures(console: Console, report: dict[str, Any]) -> None:
    columns = {_ALL: report[_ALL], **report["by_variety"]}
    table = Table("figure", *columns)
    for figure in report[_ALL]:
        table.add_row(figure, *(_text(values[figure]) for values in columns.values()))
    console.print(table)


def _show_labels(console: Console, pairs: list[tuple[Row, dict[str, Any]]]) -> None:
    for title, tally in (("need", evaluation.need_tally(pairs)), ("entity", evaluation.entity_tally(pairs))):
        labels = sorted({*tally.right, *tally.wrong, *tally.missed})
        if labels:
            table = Table(title, "F1", "right", "wrong", "missed")
            for label in labels:
                counts = (tally.right[label], tally.wrong[label], tally.missed[label])
                table.add_row(label, _text(tally.f1(label)), *map(str, counts))
            console.print(table)
    for expected, found, count in evaluation.confusions(pairs):
        console.print(f"{count:4d} x intent {expected} taken as {found}", highlight=False)


def _show_confidence(console: Console, pairs: list[tuple[Row, dict[str, Any]]]) -> None:
    table = Table("surest", "intent accuracy", "precision of needs")
    for share, accuracy, precision in evaluation.coverage(pairs):
        table.add_row(f"{share:.0%}", _text(accuracy), _text(precision))
    console.print(table)
    console.print(
        f"calibration error: intent {_text(evaluation.intent_calibration(pairs))}, "
        f"needs {_text(evaluation.need_calibration(pairs))}",
        highlight=False,
    )


def _text(value: float | int | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
