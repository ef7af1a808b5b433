"""`slrt token …`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from actions.api_tokens import SCOPES, NewToken, TokenView, issue_token, list_tokens, revoke_token
from actions.errors import Incomplete, NotFound, NotNow
from actions.house import House
from slrt.cli.common import fail, in_house

app = typer.Typer(no_args_is_help=True)

_WRONG = {
    "name": "The name is empty or longer than 80 characters.",
    "unit": "No such desk of an agency in the catalogue (our own desks have no tokens).",
    "scopes": f"Each scope must be one of: {', '.join(SCOPES)}.",
}


@app.callback()
def _group() -> None:
    """Tokens by which agencies' own software uses the agency API."""


@app.command()
def create(
    unit: Annotated[str, typer.Argument(help="The unit's code in the catalogue.")],
    name: Annotated[str, typer.Option(help="What the token is for.", prompt=True)],
    scope: Annotated[list[str] | None, typer.Option(help=f"May be given more than once. Default: all of {SCOPES}.")] = (
        None
    ),
) -> None:
    """Make a token and print it. It can't be shown again."""

    async def make(house: House) -> str:
        return await issue_token(house, None, NewToken(name, unit, tuple(scope or SCOPES)))

    try:
        typer.echo(in_house(make))
    except Incomplete as error:
        fail(_WRONG[str(error)])


@app.command("list")
def list_all() -> None:
    """All tokens: what for, whose, used last when."""

    async def read(house: House) -> list[TokenView]:
        return await list_tokens(house, None)

    table = Table("id", "unit", "name", "scopes", "ends with", "last used", "revoked")
    for token in in_house(read):
        used, ended = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (token.last_used_at, token.revoked_at))
        table.add_row(str(token.id), token.unit, token.name, " ".join(token.scopes), token.hint, used, ended)
    Console().print(table)


@app.command()
def revoke(token: Annotated[int, typer.Argument(help="The token's id (slrt token list).")]) -> None:
    """End a token at once."""

    async def end(house: House) -> None:
        await revoke_token(house, None, token)

    try:
        in_house(end)
    except (NotFound, NotNow):
        fail(f"There is no token {token} that holds.")
    typer.echo(f"Token {token} is revoked.")
