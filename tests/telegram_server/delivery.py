"""The two ways updates leave the server: long polling and a webhook, never both."""

from __future__ import annotations

import asyncio

from .call import Call
from .errors import OTHER_POLLER, TERMINATED_BY_WEBHOOK, WEBHOOK_ACTIVE, ApiError, conflict
from .sending import Handler
from .webhook import Webhook, WebhookSettings
from .world import World

MAX_POLL = 50


class Delivery:
    """Handlers for getUpdates and the webhook's methods."""

    def __init__(self, world: World, backoff: float) -> None:
        self._world = world
        self._poll: asyncio.Future[ApiError] | None = None
        self.webhook = Webhook(world.clock, world.signal, world.queue, backoff)
        self.handlers: dict[str, Handler] = {
            "getupdates": self.get_updates,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.webhook_info,
        }

    @property
    def polling(self) -> bool:
        """Whether a bot is waiting in a long poll now."""
        return self._poll is not None

    async def get_updates(self, call: Call) -> object:
        """Handle getUpdates; a newer poller ends the older one's wait."""
        world = self._world
        if self.webhook.active:
            raise conflict(WEBHOOK_ACTIVE)
        limit = call.integer("limit", 100)
        limit = limit if 1 <= limit <= 100 else 100
        timeout = min(max(call.integer("timeout"), 0), MAX_POLL)
        world.queue.allow(call.params.get("allowed_updates"))
        world.queue.confirm_before(call.integer("offset"))
        if not world.queue.pending and timeout:
            await self._wait(timeout)
        world.changed()
        return [update.json() for update in world.queue.pending[:limit]]

    async def _wait(self, timeout: int) -> None:
        self._end_poll(conflict(OTHER_POLLER))
        poll: asyncio.Future[ApiError] = asyncio.get_running_loop().create_future()
        self._poll = poll
        self._world.changed()
        try:
            await self._world.signal.until(lambda: poll.done() or bool(self._world.queue.pending), timeout)
        finally:
            if self._poll is poll:
                self._poll = None
                self._world.changed()
        if poll.done():
            raise poll.result()

    def _end_poll(self, error: ApiError) -> None:
        if self._poll is not None:
            self._poll.set_result(error)
            self._poll = None
            self._world.changed()

    async def set_webhook(self, call: Call) -> object:
        """Handle setWebhook."""
        url, secret = call.text("url"), call.text("secret_token")
        if not url:
            return await self.delete_webhook(call)
        self.webhook.check(url, secret)
        self._end_poll(conflict(TERMINATED_BY_WEBHOOK))
        if call.flag("drop_pending_updates"):
            self._world.queue.clear()
        self._world.queue.allow(call.params.get("allowed_updates"))
        connections = min(max(call.integer("max_connections", 40), 1), 100)
        await self.webhook.start(WebhookSettings(url, secret, connections))
        self._world.changed()
        return True

    async def delete_webhook(self, call: Call) -> object:
        """Handle deleteWebhook."""
        if call.flag("drop_pending_updates"):
            self._world.queue.clear()
        await self.webhook.stop()
        self._world.changed()
        return True

    def webhook_info(self, call: Call) -> object:
        """Handle getWebhookInfo."""
        settings, queue = self.webhook.settings, self._world.queue
        info: dict[str, object] = {
            "url": settings.url,
            "has_custom_certificate": False,
            "pending_update_count": len(queue.pending),
        }
        if settings.last_error:
            info |= {"last_error_date": int(settings.last_error_date), "last_error_message": settings.last_error}
        if settings.url:
            info["max_connections"] = settings.max_connections
        if queue.allowed:
            info["allowed_updates"] = sorted(queue.allowed)
        return info

    async def stop(self) -> None:
        """End the long poll and the deliveries."""
        self._end_poll(ApiError(500, "Internal Server Error: restart"))
        await self.webhook.stop()
