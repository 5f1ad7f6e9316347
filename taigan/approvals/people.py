"""Who may sign: people by their keys. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from taigan.approvals.forms import PublicKey, Signed
from taigan.approvals.signatures import BadSignature, verify


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Every person who was ever in effect, by key id, and the keys that may sign now."""

    ever: Mapping[str, Person]
    active: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of those who may sign now."""
        return tuple(sorted(self.ever[key].name for key in self.active))

    def find(self, name: str) -> Person | None:
        """Return the person of a name who may sign now."""
        return next((self.ever[key] for key in self.active if self.ever[key].name == name), None)

    def name_of(self, key_id: str) -> str:
        """Return whose key this is; raise BadSignature for one that may not sign now."""
        known = self.ever.get(key_id)
        if key_id in self.active and known is not None:
            return known.name
        gone = "" if known is None else f" any more; it was {known.name}'s"
        raise BadSignature(f"key {key_id} may not sign{gone}")

    def signer(self, signed: Signed) -> str:
        """Return who signs now; raise BadSignature for a key that may not, or a wrong signature."""
        self.name_of(signed.key_id)
        return self.author(signed)

    def author(self, signed: Signed) -> str:
        """Return who signed, if only at the time; raise BadSignature."""
        person = self.ever.get(signed.key_id)
        if person is None:
            raise BadSignature(f"key {signed.key_id} never was a person's")
        verify(signed, person.key)
        return person.name
