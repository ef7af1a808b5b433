"""`slrt officer …`."""

from __future__ import annotations

from typing import Annotated

import typer

from actions.errors import Incomplete, NotFound
from actions.officers import ROLES, add_officer, change_officer
from slrt.cli.common import fail, in_house

app = typer.Typer(no_args_is_help=True)

_WRONG = {
    "login": "The log-in is taken, empty or has a space in it.",
    "name": "The name is empty.",
    "role": f"The role must be one of: {', '.join(ROLES)}.",
    "password": "The password needs 10 characters or more.",
    "region": "No such area, or none for a role that works in one. Give a Kemendagri code "
    "such as 15.71 (Kota Jambi) or 15.71.03.1006 (Kasang).",
    "unit": "Role agency needs a unit of the catalogue; other roles have none.",
}


@app.callback()
def _group() -> None:
    """Officers who may log in to the console."""


@app.command()
def password(
    login: Annotated[str, typer.Argument(help="Log-in name.")],
    new: Annotated[
        str,
        typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for."),
    ] = "",
) -> None:
    """Give an officer a new password; she is logged out everywhere."""
    _change(login, password=new)
    typer.echo(f"{login} has a new password.")


@app.command()
def disable(login: Annotated[str, typer.Argument(help="Log-in name.")]) -> None:
    """Shut an officer out at once. What she did stays written down under her name."""
    _change(login, password=None)
    typer.echo(f"{login} can't log in any more.")


def _change(login: str, password: str | None) -> None:
    try:
        in_house(lambda house: change_officer(house, login, password=password))
    except NotFound:
        fail(f"There is no officer {login}.")
    except Incomplete as error:
        fail(_WRONG[str(error)])


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="Log-in name, without spaces.")],
    name: Annotated[str, typer.Option(help="Name as colleagues know her.", prompt=True)],
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(ROLES)}.", prompt=True)],
    area: Annotated[str | None, typer.Option(help="Kemendagri code of the kelurahan, kecamatan or city.")] = None,
    unit: Annotated[str | None, typer.Option(help="For role agency: the unit's code in the catalogue.")] = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="May see restricted cases (violence and the like).")
    ] = False,
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="At least 10 characters; asked for."),
    ] = "",
) -> None:
    """Add an officer. Asks for the password, so that it does not stand in the shell's history."""
    try:
        in_house(
            lambda house: add_officer(
                house,
                login=login,
                name=name,
                role=role,
                password=password,
                region_code=area,
                unit=unit,
                restricted=restricted,
            )
        )
    except Incomplete as error:
        fail(_WRONG[str(error)])
    typer.echo(f"{login} can log in now.")
