"""Whatever the house puts into its queue has somebody who carries it."""

from __future__ import annotations

from pathlib import Path

from referral.policy import load_policy
from slrt.building import open_house
from slrt.roles.dispatcher import senders
from slrt.settings import Settings
from storage.database import Database
from storage.keys import keys, save_keys
from tests.telegram_server import TelegramServer


async def test_each_kind_of_delivery_has_a_sender(database: Database, database_url: str, tmp_path: Path) -> None:
    save_keys(keys(), tmp_path / "keys.json")
    async with await TelegramServer.start() as telegram:
        settings = Settings(
            data_dir=tmp_path,
            database_url=database_url,
            smtp_url="smtp://127.0.0.1:1",
            telegram_token=telegram.token,
            telegram_api_url=telegram.url,
        )
        async with open_house(settings, database_url, "test") as house, senders(settings, house) as hands:
            assert set(load_policy().kinds) == set(hands)
