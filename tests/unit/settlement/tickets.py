"""Tickets as a gateway sends them, with records that real lanes' keys have signed."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.messages import GENESIS_HASH, ClockQuality, Sealed, WeighingCompleted
from settlement.messages import (
    ContractTerms,
    LossAllowance,
    Payee,
    Rounding,
    SignedRecord,
    TicketToSettle,
    TwoPassWeighing,
    WeightBasis,
)

NAMESPACE = UUID("00000000-0000-5000-8000-000000000001")
LANES = ("mine/mine-in", "mine/mine-out", "plant/plant-in", "plant/plant-out")
PRIVATE_KEYS = {
    lane: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, lane in enumerate(LANES, start=1)
}
LANE_KEYS = {lane: (key.public_key().public_bytes_raw(),) for lane, key in PRIVATE_KEYS.items()}
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def terms(**changes: Any) -> ContractTerms:
    base: dict[str, Any] = {
        "contract_id": "C1",
        "version": 1,
        "basis": WeightBasis.UNLOAD,
        "rate_per_tonne_minor": 12_000,
        "loss_allowance": LossAllowance(kind="per_mille", value=Decimal(3)),
        "loss_charged": "excess",
        "loss_price_per_tonne_minor": 50_000,
        "rounding": Rounding.HALF_UP,
    }
    return ContractTerms.model_validate(base | changes)


def weighing_body(number: int, lane: str, weight_kg: int, **changes: Any) -> str:
    yard, _, name = lane.partition("/")
    record = WeighingCompleted(
        yard=yard,
        lane=name,
        epoch="00000000000000aa",
        seq=number + 1,
        event_id=uuid5(NAMESPACE, f"{lane}:{number}:{weight_kg}"),
        previous_hash=GENESIS_HASH,
        at=NOON,
        clock=ClockQuality.SYNCED,
        mono_ms=1000,
        boot_id="boot",
        stop_id=uuid5(NAMESPACE, f"stop:{lane}:{number}"),
        tag=f"{number:010X}",
        weight_kg=weight_kg,
        e_kg=20,
        zero_before_kg=0,
        frames=8,
        stable_ms=800,
        protocol="yaohua-continuous",
        curve_sha256="0" * 64,
        cards_seen=(),
        plates_seen=(),
    )
    return record.model_copy(update=changes).model_dump_json()


def signed(lane: str, body: str) -> SignedRecord:
    sealed = Sealed.seal(body, PRIVATE_KEYS[lane])
    return SignedRecord(body=sealed.body, key_id=sealed.key_id, signature=sealed.signature)


def two_pass(number: int, yard: str, gross_kg: int, tare_kg: int) -> TwoPassWeighing:
    first, second = f"{yard}/{yard}-in", f"{yard}/{yard}-out"
    return TwoPassWeighing(
        ticket_id=uuid5(NAMESPACE, f"{yard}:{number}"),
        yard=yard,
        gross_kg=gross_kg,
        tare_kg=tare_kg,
        gross_at=NOON,
        tare_at=NOON + timedelta(minutes=20),
        gross_record=signed(first, weighing_body(number, first, gross_kg)),
        tare_record=signed(second, weighing_body(number, second, tare_kg)),
    )


def ticket(
    number: int = 1,
    *,
    loaded_kg: int = 48_000,
    delivered_kg: int = 47_900,
    contract: ContractTerms | None = None,
    **changes: Any,
) -> TicketToSettle:
    unloading = two_pass(number, "plant", 16_000 + delivered_kg, 16_000)
    base: dict[str, Any] = {
        "ticket_id": unloading.ticket_id,
        "order_no": f"ORDER-{number}",
        "plate": "蒙K12345",
        "cargo": "coal",
        "contract": contract or terms(),
        "loading": two_pass(number, "mine", 16_000 + loaded_kg, 16_000),
        "unloading": unloading,
        "payee": Payee(
            driver_id=f"driver-{number % 3}",
            name="王师傅",
            account=f"62220000{number:04d}",
            bank_code="ICBC",
            phone="+8613800000000",
        ),
        "receipt_url": f"http://gateway.example/r/{number}?s=abc",
    }
    return TicketToSettle(**(base | changes))


def b64(key: Ed25519PrivateKey) -> str:
    """Return a lane's public key as settings spell it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
