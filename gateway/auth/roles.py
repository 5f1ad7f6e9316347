"""Who may do what. Each role may do everything that the role before it may."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    VIEWER = "viewer"
    DISPATCHER = "dispatcher"
    FINANCE = "finance"
    ADMIN = "admin"


class Permission(StrEnum):
    LOOK = "look"
    """See lanes, stops, tickets, master data with masked accounts."""
    DECIDE_STOPS = "decide_stops"
    """Answer a held truck."""
    EDIT_FLEET = "edit_fleet"
    """Vehicles and orders: who may drive in."""
    EDIT_MONEY = "edit_money"
    """Drivers, cards and contracts: who is paid, and how much."""
    SEE_ACCOUNTS = "see_accounts"
    EXPORT = "export"
    EDIT_SITE = "edit_site"
    """Yards and lanes, with the keys that their records are checked against."""


_OWN: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: frozenset({Permission.LOOK}),
    Role.DISPATCHER: frozenset({Permission.DECIDE_STOPS, Permission.EDIT_FLEET}),
    Role.FINANCE: frozenset(
        {Permission.EDIT_MONEY, Permission.SEE_ACCOUNTS, Permission.EXPORT},
    ),
    Role.ADMIN: frozenset({Permission.EDIT_SITE}),
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """Return everything `role` may do."""
    ranks = list(Role)
    return frozenset().union(*(_OWN[junior] for junior in ranks[: ranks.index(role) + 1]))


PERMISSIONS: Final = {role: permissions_of(role) for role in Role}
