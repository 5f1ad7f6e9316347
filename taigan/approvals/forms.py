"""What people sign: a proposal, and a decision about it. Pure.

The text that was signed is what is kept and sent, so that no canonical form of JSON is needed: the
hash of a proposal is that of its text.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

NAME_PATTERN: Final = r"^[A-Za-z0-9._-]{1,32}$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Words = Annotated[str, Field(min_length=1, max_length=400)]

Content = dict[str, Any]
"""What a register says about a subject, in the form of its kind."""


Form = TypeVar("Form", bound=BaseModel)


class Refused(Exception):
    """A proposal or decision is not taken; the text names field and rule."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Proposal(_Form):
    """What shall be otherwise, from what, and why."""

    form: Literal["proposal.v1"] = "proposal.v1"
    proposal_id: UUID
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    subject: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,96}$")]
    """Whom or what it is about, such as a driver's id."""
    before: Content | None
    """What is in effect now; None for something new."""
    after: Content | None
    """What shall be in effect; None ends it."""
    consequence: Words
    """What it comes to, in money where it can be said."""
    why: Words
    proposer: Name | None
    """None: a program, which has no key and can approve nothing."""
    proposed_at: AwareDatetime
    expires_at: AwareDatetime


class Verdict(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    """By anybody, also while an approved one cools off."""
    WITHDRAW = "withdraw"
    """By whoever proposed it."""


class Decision(_Form):
    """What a person says to a proposal."""

    form: Literal["decision.v1"] = "decision.v1"
    proposal_id: UUID
    proposal_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the text that the person saw: a decision fits no other."""
    verdict: Verdict
    person: Name
    why: Words
    decided_at: AwareDatetime


class Signed(_Form):
    """A text exactly as it was signed."""

    body: str = Field(max_length=16_384)
    key_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str = Field(max_length=200)


class PublicKey(_Form):
    """A person's key. A passkey will be another kind."""

    kind: Literal["ed25519"] = "ed25519"
    public: str = Field(pattern=r"^[A-Za-z0-9+/]{43}=$")
    """Base64 of the raw 32 bytes."""


def text_hash(body: str) -> str:
    """Return the SHA-256 of a text, by which a decision names its proposal."""
    return hashlib.sha256(body.encode()).hexdigest()


def read_signed(form: type[Form], body: str) -> Form:
    """Return the form that a person has signed; raise Refused with its first wrong field."""
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(f"body.{where}: {first['msg']}") from error
