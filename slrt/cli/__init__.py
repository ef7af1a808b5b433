"""The command line `slrt`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import typer

from slrt.cli import catalogue, data, database, group, nlu, officer, queue, registry, token
from slrt.cli.common import OUR_ERRORS, at_database, fail, settings_or_fail
from slrt.logs import set_up
from slrt.settings import Settings
from slrt.supervisor import GAVE_UP

app = typer.Typer(
    name="slrt",
    help="SLRT intake assistant: a resident's complaint becomes a ticket, a referral and an answer. "
    "Settings are SLRT_… variables or a .env file (docs/settings.md).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(nlu.app, name="nlu", help="Train, serve, ask and measure the understanding.")
app.add_typer(database.app, name="db", help="The database: bring its tables up to date, back it up, restore it.")
app.add_typer(registry.app, name="registry", help="Poverty registry lists: import one, or generate an invented one.")
app.add_typer(catalogue.app, name="catalogue", help="Needs, offices and routing: check them, ask where a need goes.")
app.add_typer(queue.app, name="queue", help="The referral queue: what waits, what is held, try again.")
app.add_typer(data.app, name="data", help="Residents' data: what is kept too long, emptying it, a copy for a resident.")
app.add_typer(group.app, name="group", help="Agencies' Telegram groups: link one by a code, list them, end one.")
app.add_typer(officer.app, name="officer", help="Officers who may log in to the console.")
app.add_typer(token.app, name="token", help="Tokens by which agencies' own software uses the agency API.")


def _serve(role: str, run: Callable[[Settings, str], Awaitable[None]]) -> None:
    settings = settings_or_fail()
    set_up(role, settings.log_format)
    try:
        with at_database(settings) as url:
            asyncio.run(run(settings, url))  # type: ignore[arg-type]
    except OUR_ERRORS as error:
        # the supervisor shows the last line to people, and does not try again
        print(str(error), flush=True)  # noqa: T201
        sys.exit(GAVE_UP)


@app.command("run")
def run_everything() -> None:
    """Run everything on this machine: database, understanding, console, dispatcher and (with a token) the bot."""
    from slrt.roles import everything

    settings = settings_or_fail()
    set_up("run", settings.log_format)

    def tell(line: str) -> None:
        typer.echo(line)

    try:
        with at_database(settings) as url:
            asyncio.run(everything.run(settings, url, tell))
    except OUR_ERRORS as error:
        fail(str(error))


@app.command()
def bot() -> None:
    """Run the Telegram bot alone (needs SLRT_TELEGRAM_TOKEN)."""
    from slrt.roles import bot as role

    _serve("bot", role.run)


@app.command()
def console() -> None:
    """Run the web pages alone: console, agencies' answers, identity form."""
    from slrt.roles import console as role

    _serve("console", role.run)


@app.command()
def dispatcher() -> None:
    """Run the dispatcher alone; as many as you like may run at once."""
    from slrt.roles import dispatcher as role

    _serve("dispatcher", role.run)


@app.command()
def chat() -> None:
    """Talk to the assistant in this terminal, as a resident would (while `slrt run` is running)."""
    from slrt.roles import terminal as role

    _serve("terminal", role.run)


def main() -> None:
    """Entry of `python -m slrt` and of the `slrt` command."""
    app()
