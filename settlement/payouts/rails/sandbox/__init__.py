"""The sandbox bank: HTTP, described in the project's design under "contracts between programs".

    POST {base}/transfers       Idempotency-Key: <id>   → 200|201 {"id", "status", "reason"?}
                                                        → 409 same id, other content
    GET  {base}/transfers/{id}                          → 200 the same object, 404

`status` is accepted, paid or failed; a paid transfer that turns failed was sent back by the
payee's bank. Every other answer is UNKNOWN: it proves nothing and the bank is asked.
"""

from settlement.config import Settings
from settlement.payouts.rails.rail import Rail, RailSetup, policy_of
from settlement.payouts.rails.sandbox.adapter import SandboxAdapter
from settlement.payouts.rails.sandbox.callbacks import SandboxCallbacks
from settlement.payouts.rails.sandbox.wire import instruction


def set_up(settings: Settings) -> RailSetup:
    """Read `[bank]`."""
    bank = settings.bank

    def connect() -> SandboxAdapter:
        return SandboxAdapter(
            bank.base_url,
            connect_timeout_s=bank.connect_timeout_s,
            read_timeout_s=bank.read_timeout_s,
        )

    return RailSetup(
        policy=policy_of(bank),
        connect=connect,
        callbacks=SandboxCallbacks(bank.callback_secret.get_secret_value()),
    )


SANDBOX = Rail(instruction=instruction, set_up=set_up, numbers="[A-Za-z0-9._-]{1,64}")
