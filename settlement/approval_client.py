"""Signs on a person's own machine, and talks to settlement's API: the key never goes there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID, uuid4

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from settlement.config import Settings
from taigan.approvals.drafting import Author, Ground, Wish, draft_decision, draft_proposal
from taigan.approvals.forms import Signed, Verdict
from taigan.approvals.signatures import key_id, public_key, sign

_TIMEOUT_S: Final = 15.0
_PAGE: Final = 200


class NotTaken(Exception):
    """Settlement does not answer, or refuses; the text is its own."""


class ApprovalClient:
    """Settlement's API as a person needs it who decides about money."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return a client of the settlement that these settings describe."""
        http = settings.http
        return cls(f"http://{http.host}:{http.port}", settings.api.token.get_secret_value())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def author(self, key: Ed25519PrivateKey) -> Author:
        """Return whose key this is by settlement's list. Raises NotTaken."""
        own = key_id(public_key(key))
        people: list[dict[str, Any]] = self._get("/people")["people"]
        name = next((one["name"] for one in people if one["key_id"] == own), None)
        if name is None:
            raise NotTaken(f"key {own} may not sign here: `taigan-settlement person list`")
        return Author(name, datetime.now(UTC))  # noqa: TID251 - the signer's own clock

    def propose(self, wish: Wish, key: Ed25519PrivateKey) -> dict[str, Any]:
        """Sign and send a proposal; return it as it stands. Raises NotTaken, ValidationError."""
        author = self.author(key)
        found = self._get(f"/registers/{wish.kind}/{wish.subject}")
        expires_at = datetime.fromisoformat(found["expires_at"])
        ground = Ground(found["before"], found["consequence"], expires_at)
        text = draft_proposal(uuid4(), wish, ground, author)
        return self._post("/proposals", sign(text, key))

    def suggested(self, kind: str, subject: str) -> dict[str, Any] | None:
        """Return what a proposal about a subject can only mean, if so. Raises NotTaken."""
        content: dict[str, Any] | None = self._get(f"/registers/{kind}/{subject}")["suggested"]
        return content

    def decide(
        self, proposal_id: UUID, verdict: Verdict, why: str, key: Ed25519PrivateKey
    ) -> dict[str, Any]:
        """Sign and send what a person says; return the proposal as it stands then.

        Raises NotTaken, ValidationError.
        """
        shown = self.show(proposal_id)
        text = draft_decision(proposal_id, shown["sha256"], verdict, why, self.author(key))
        return self._post(f"/proposals/{proposal_id}/decisions", sign(text, key))

    def show(self, proposal_id: UUID) -> dict[str, Any]:
        """Return a proposal as it stands. Raises NotTaken."""
        return self._get(f"/proposals/{proposal_id}")

    def listed(self, *, waiting: bool) -> Iterator[dict[str, Any]]:
        """Yield pages of proposals, newest first. Raises NotTaken."""
        params: dict[str, Any] = {"waiting": waiting, "limit": _PAGE}
        while True:
            page = self._get("/proposals", **params)
            yield page
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    def _get(self, path: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401 - query parameters
        return self._send("GET", path, params=params)

    def _post(self, path: str, signed: Signed) -> dict[str, Any]:
        return self._send("POST", path, json=signed.model_dump())

    def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        try:
            answer = self._client.request(method, path, **request)
            found: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise NotTaken(f"settlement at {self._client.base_url}: {error}") from error
        if not answer.is_success:
            raise NotTaken(str(found.get("detail") or found.get("title")))
        return found
