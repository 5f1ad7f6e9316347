"""Registers yards, lanes, contracts, deposits and trucks, as people would do by hand."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from settlement.messages import ContractTerms
from simulators.demo.clients import BankApi, GatewayApi, SettlementApi
from simulators.demo.deciders import Deciders
from simulators.demo.pricing import AGREEMENTS, Agreement
from simulators.panel import E_KG, MAX_KG
from simulators.trucks import Stranger, Truck
from simulators.yard import SITES

_YARD_NAMES: Final = {"mine": "塔拉壕煤矿", "plant": "达拉特电厂"}
_LANE_NAMES: Final = {
    "mine-in": "煤矿 1 号磅",
    "mine-out": "煤矿 2 号磅",
    "plant-in": "电厂 1 号磅",
    "plant-out": "电厂 2 号磅",
}
_CARGO: Final = "动力煤 5500"
_BANK_CODE: Final = "102100099996"
_DEPOSIT_MINOR: Final = 10_000_000_000


class Seeder:
    """Registers what a run needs; `order_agreements` has the agreement of each order."""

    def __init__(
        self, gateway: GatewayApi, settlement: SettlementApi, bank: BankApi, deciders: Deciders
    ) -> None:
        self._gateway = gateway
        self._settlement = settlement
        self._bank = bank
        self._deciders = deciders
        self.order_agreements: dict[str, Agreement] = {}

    def open_yards(self, lane_keys: dict[str, str]) -> None:
        """Register both yards and their lanes; `lane_keys` are public keys by "yard/lane"."""
        for yard, name in _YARD_NAMES.items():
            self._gateway.post("/api/v1/yards", {"id": yard, "name": name})
        for site in SITES:
            self._gateway.post(
                "/api/v1/lanes",
                {
                    "id": site.lane,
                    "yard_id": site.yard,
                    "name": _LANE_NAMES[site.lane],
                    "public_key": lane_keys[f"{site.yard}/{site.lane}"],
                    "e_kg": E_KG,
                    "max_kg": MAX_KG,
                },
            )

    def sign_contracts(self) -> None:
        """Register the contracts and pay in their deposits, at the bank and in the books."""
        for agreement in AGREEMENTS:
            self._sign(agreement)
            reference = f"deposit {agreement.id}"
            self._bank.deposit(f"D-{agreement.id}", _DEPOSIT_MINOR, reference)
            self._settlement.deposit(agreement.id, _DEPOSIT_MINOR, reference)

    def register(self, truck: Truck) -> str | None:
        """Register a truck as far as it is known; return its order's number if it has one."""
        if truck.stranger is Stranger.UNKNOWN_CARD:
            return None
        on_card = {"vehicle_id": self._vehicle(truck), "driver_id": self._driver(truck)}
        self._gateway.post("/api/v1/cards", {"tag": truck.tag, **on_card})
        owner = {"driver_id": on_card["driver_id"], "plate": truck.plate}
        self._deciders.agree("card", truck.tag, owner, "handed out at the gate")
        if truck.stranger is Stranger.NO_ORDER:
            return None
        if truck.stranger is Stranger.EXPIRED_CONTRACT:
            return self._place_order_that_expires(truck, on_card)
        return self._place_order(AGREEMENTS[truck.number % len(AGREEMENTS)], on_card)

    def _place_order(self, agreement: Agreement, on_card: dict[str, str]) -> str:
        order = {"contract_id": agreement.id, **on_card}
        order_no: str = self._gateway.post("/api/v1/orders", order)["order_no"]
        self.order_agreements[order_no] = agreement
        return order_no

    def _place_order_that_expires(self, truck: Truck, on_card: dict[str, str]) -> str:
        """Place an order under a contract of its own, and end the contract before the trip."""
        agreement = replace(AGREEMENTS[0], id=f"COAL-OLD-{truck.number}")
        revision = self._sign(agreement)
        order_no = self._place_order(agreement, on_card)
        ended = {"valid_to": (_today() - timedelta(hours=1)).isoformat()}
        self._gateway.patch(f"/api/v1/contracts/{agreement.id}", ended, revision)
        return order_no

    def _vehicle(self, truck: Truck) -> str:
        answer = self._gateway.post(
            "/api/v1/vehicles",
            {"plate": truck.plate, "axles": truck.axles, "gross_max_kg": truck.gross_max_kg},
        )
        return str(answer["id"])

    def _driver(self, truck: Truck) -> str:
        """Register a driver, and have two people enter where he is paid."""
        bank = {"account": truck.account, "bank_code": _BANK_CODE}
        person = {"name": truck.driver, "phone": truck.phone}
        account = {"account_name": truck.driver, **bank}
        driver_id = str(self._gateway.post("/api/v1/drivers", {**person, **account})["id"])
        entry = {**person, **bank, "proof": "his bank card"}
        self._deciders.agree("payee", driver_id, entry, f"drives {truck.plate}")
        return driver_id

    def _sign(self, agreement: Agreement) -> int:
        """Register a contract that is valid now, and have two people enter its terms.

        Return its revision.
        """
        contract: dict[str, Any] = {
            "id": agreement.id,
            "consignor": agreement.consignor,
            "cargo": _CARGO,
            "origin_yard_id": "mine",
            "destination_yard_id": "plant",
            "valid_from": (_today() - timedelta(days=1)).isoformat(),
            "valid_to": (_today() + timedelta(days=365)).isoformat(),
            "terms": agreement.terms,
        }
        made = self._gateway.post("/api/v1/contracts", contract)
        version = {"contract_id": agreement.id, "version": made["version"]}
        terms = ContractTerms.model_validate_json(json.dumps({**agreement.terms, **version}))
        subject, content = f"{terms.contract_id}/{terms.version}", terms.model_dump(mode="json")
        self._deciders.agree("contract", subject, content, "as on paper")
        return int(made["revision"])


def _today() -> datetime:
    return datetime.fromtimestamp(time.time(), tz=UTC)
