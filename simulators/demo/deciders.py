"""The two people who decide about money: one proposes, the other looks and approves."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulators.demo.clients import SettlementApi
from taigan.approvals.drafting import Author, Ground, Wish, draft_decision, draft_proposal
from taigan.approvals.forms import Content, Verdict
from taigan.approvals.signatures import public_key, sign

_EXPIRES: Final = timedelta(days=1)


class Deciders:
    """Two people with keys of their own; each signs on his own machine, here in this process."""

    def __init__(self, settlement: SettlementApi) -> None:
        self._settlement = settlement
        self._keys = {name: Ed25519PrivateKey.generate() for name in ("wang", "zhou")}

    @property
    def public(self) -> dict[str, str]:
        """Return the people's public keys by name, as `person add` takes them."""
        return {name: public_key(key).public for name, key in self._keys.items()}

    def agree(self, kind: str, subject: str, content: Content, why: str) -> None:
        """Enter something new into settlement's register."""
        proposer, approver = (Author(name, _now()) for name in self._keys)
        ground = Ground(None, "no payout waits for it yet", proposer.now + _EXPIRES)
        wish = Wish(kind, subject, content, why)
        proposed = draft_proposal(uuid.uuid4(), wish, ground, proposer)
        shown = self._post("/api/v1/proposals", proposed, proposer)
        self._approve(shown, approver)

    def approve_waiting(self) -> None:
        """Approve what settlement itself proposed: it counts for nobody, so both sign."""
        for shown in self._settlement.get("/api/v1/proposals")["items"]:
            for name in self._keys:
                self._approve(shown, Author(name, _now()))

    def _approve(self, shown: dict[str, Any], approver: Author) -> None:
        proposal_id, sha256 = UUID(shown["proposal"]["proposal_id"]), shown["sha256"]
        looked = "compared with the paper"
        approved = draft_decision(proposal_id, sha256, Verdict.APPROVE, looked, approver)
        self._post(f"/api/v1/proposals/{proposal_id}/decisions", approved, approver)

    def _post(self, path: str, text: str, author: Author) -> dict[str, Any]:
        signed = sign(text, self._keys[author.name])
        answer: dict[str, Any] = self._settlement.post(path, signed.model_dump())
        return answer


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), tz=UTC)
