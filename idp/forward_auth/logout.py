"""Protected sites need no message that a session is over: their proxy asks for every request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.clients.directory import Clients


@dataclass(frozen=True)
class Messenger:
    """Answers for them: a session that has ended is refused within three seconds."""

    clients: Clients

    def deliver(self, payload: Mapping[str, Any], now: datetime) -> bool:
        """Nothing is sent, so nothing can fail."""
        client = self.clients.find(payload["client_id"])
        return client is not None and client.is_online
