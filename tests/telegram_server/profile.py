"""The methods about the bot itself, its files and its commands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .call import Call
from .errors import bad_request, too_many_requests
from .sending import Handler
from .text import utf16_length
from .world import World

CLOSE_AFTER = 600.0
_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")


@dataclass
class Profile:
    """What the bot said about itself."""

    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    menu_buttons: dict[int | None, object] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    logged_out: bool = False


class ProfileMethods:
    """Handlers for the methods that touch no chat."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._started = world.clock.now()
        self.profile = Profile()
        self.handlers: dict[str, Handler] = {
            "getme": self.get_me,
            "getfile": self.get_file,
            "setmycommands": self.set_commands,
            "getmycommands": self.get_commands,
            "setchatmenubutton": self.set_menu_button,
            "setmydescription": self.set_description,
            "setmyshortdescription": self.set_short_description,
            "logout": self.log_out,
            "close": self.close,
        }

    def get_me(self, call: Call) -> object:
        """Handle getMe."""
        return self._world.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def get_file(self, call: Call) -> object:
        """Handle getFile."""
        return self._world.files.open_address(call.text("file_id"), self._world.clock.now())

    def set_commands(self, call: Call) -> object:
        """Handle setMyCommands."""
        value = call.json("commands", "can't parse commands JSON object")
        if not isinstance(value, list):
            raise bad_request("expected an Array of BotCommand")
        if len(value) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self.profile.commands[self._scope(call)] = [_command(one) for one in value]
        return True

    def get_commands(self, call: Call) -> object:
        """Handle getMyCommands."""
        return self.profile.commands.get(self._scope(call), [])

    @staticmethod
    def _scope(call: Call) -> tuple[str, str]:
        scope = call.json("scope", "can't parse BotCommandScope JSON object")
        if scope is None:
            return "default", call.text("language_code")
        if not isinstance(scope, dict) or "type" not in scope:
            raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
        return f"{scope['type']}{scope.get('chat_id', '')}", call.text("language_code")

    def set_menu_button(self, call: Call) -> object:
        """Handle setChatMenuButton."""
        chat = self._world.find_chat(call) if call.text("chat_id") else None
        button = call.json("menu_button", "can't parse menu button JSON object") or {"type": "default"}
        if not isinstance(button, dict) or button.get("type") not in {"default", "commands", "web_app"}:
            raise bad_request("can't parse menu button: MenuButton has unsupported type")
        web_app = button.get("web_app")
        url = str(web_app.get("url", "")) if isinstance(web_app, dict) else ""
        if button["type"] == "web_app" and not url.startswith("https://"):
            raise bad_request(f"menu button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
        self.profile.menu_buttons[chat.id if chat else None] = button
        return True

    def set_description(self, call: Call) -> object:
        """Handle setMyDescription."""
        return _describe(self.profile.descriptions, call, "description", 512, "bot description is too long")

    def set_short_description(self, call: Call) -> object:
        """Handle setMyShortDescription."""
        refusal = "bot short description is too long"
        return _describe(self.profile.short_descriptions, call, "short_description", 120, refusal)

    def log_out(self, call: Call) -> object:
        """Handle logOut; every later request is refused."""
        self.profile.logged_out = True
        return True

    def close(self, call: Call) -> object:
        """Handle close, which the real server refuses in a bot's first ten minutes."""
        left = self._started + CLOSE_AFTER - self._world.clock.now()
        if left > 0:
            raise too_many_requests(max(round(left), 1))
        return True


def _command(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    command, description = value.get("command"), value.get("description")
    if not isinstance(command, str) or not isinstance(description, str):
        missing = "command" if not isinstance(command, str) else "description"
        raise bad_request(f"can't parse BotCommand: Can't find field \"{missing}\"")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= utf16_length(description.strip()) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command.removeprefix("/"), "description": description}


def _describe(kept: dict[str, str], call: Call, name: str, limit: int, refusal: str) -> bool:
    text = call.text(name)
    if utf16_length(text) > limit:
        raise bad_request(refusal)
    kept[call.text("language_code")] = text
    return True
