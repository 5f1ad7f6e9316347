"""Every rail that payouts can go by: one folder and one row each.

`payouts.rail` in the database names the row that serves a payout, for as long as the payout lives:
a row is never renamed, and never removed while a payout of it is open. docs/recipes/rail.md says
how to add one.
"""

from typing import Final

from settlement.payouts.rails.rail import Rail
from settlement.payouts.rails.sandbox import SANDBOX

RAILS: Final[dict[str, Rail]] = {
    "sandbox": SANDBOX,
}

DEFAULT_RAIL: Final = "sandbox"
"""Takes new payouts and deposits."""
