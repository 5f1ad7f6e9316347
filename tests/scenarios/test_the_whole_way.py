"""Serial frame to paid driver over real processes: embedded defaults, and as in production."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from settlement.verify.pack import pack
from simulators.demo.fleet import Fleet
from simulators.demo.options import Options
from simulators.demo.system import TaiganSystem
from tests.scenarios.day import (
    Day,
    assert_books_balance,
    assert_every_refusal_has_a_reason,
    assert_money_follows_the_trucks,
    assert_passed_trucks_were_delivered,
    assert_weights_are_the_trucks,
    live_through,
)
from tests.services.production import Production

TRUCKS = 20
STRANGERS = 4
VERIFIER = "taigan-verify.pyz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.mosquitto,
    pytest.mark.timeout(1000),
]


@pytest.fixture(scope="module", params=["sqlite-amqtt", "postgres-mosquitto"])
def lived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, production: Production
) -> Iterator[tuple[TaiganSystem, Day]]:
    directory = tmp_path_factory.mktemp(request.param)
    options = Options(directory, speed=20, seed=11)
    if request.param == "postgres-mosquitto":
        options = production.options(directory, speed=20, seed=11)
    with TaiganSystem(options) as system:
        fleet = Fleet(system, count=TRUCKS, strangers_count=STRANGERS, seed=11)
        yield system, live_through(system, fleet, timeout_s=720)


def test_every_honest_truck_delivers_and_is_paid_what_it_is_owed(
    lived: tuple[TaiganSystem, Day],
) -> None:
    _, day = lived
    assert len(day.delivered) == TRUCKS
    assert_passed_trucks_were_delivered(day)
    assert_money_follows_the_trucks(day)
    assert_weights_are_the_trucks(day)
    assert_books_balance(day)


def test_every_stranger_is_refused_for_its_own_reason(lived: tuple[TaiganSystem, Day]) -> None:
    _, day = lived
    assert_every_refusal_has_a_reason(day)
    reasons = {stop["reason"] for stop in day.stops if stop["state"] == "refused"}
    assert reasons == {"card_unknown", "no_order", "contract_expired", "overweight"}


def test_the_driver_is_sent_a_receipt_that_opens_and_shows_the_formula(
    lived: tuple[TaiganSystem, Day],
) -> None:
    _, day = lived
    trip = day.delivered[0]
    message = next(m for m in day.messages if m["to"] == trip.sent.truck.phone)
    (link,) = re.findall(r"https?://[!-~]+", message["text"])
    page = httpx2.get(link, trust_env=False)
    assert page.status_code == 200
    assert trip.sent.truck.plate in page.text
    amount_minor = trip.unloading["settlement"]["payout"]["amount_minor"]
    assert f"{amount_minor // 100}.{amount_minor % 100:02}" in page.text
    assert httpx2.get(link[:-2] + "xx", trust_env=False).status_code == 403


def test_an_outsider_can_verify_the_exports(lived: tuple[TaiganSystem, Day]) -> None:
    system, _ = lived
    keys = system.plan.options.directory / "keys.json"
    pack(keys.with_name(VERIFIER))
    lanes = system.gateway.pages("/api/v1/lanes")
    keys.write_text(json.dumps({f"{x['yard_id']}/{x['id']}": x["public_key"] for x in lanes}))
    for api, name in ((system.gateway, "gateway"), (system.settlement, "settlement")):
        export = system.plan.options.directory / f"{name}.ndjson"
        export.write_text(api.text("/api/v1/audit/export"))
        assert verify(export, keys) == 0
        assert verify(tampered(export), keys) == 5


def verify(export: Path, keys: Path) -> int:
    """Run the verifier's one file by itself, as somebody who was handed it would."""
    command = [
        sys.executable,
        "-I",
        str(keys.with_name(VERIFIER)),
        str(export),
        "--keys",
        str(keys),
    ]
    return subprocess.run(command, check=False, timeout=120).returncode


def tampered(export: Path) -> Path:
    """Raise one weight by a tonne, as somebody with the database's password might."""
    lines = export.read_text().splitlines()
    place = next(i for i, line in enumerate(lines) if "gross_kg" in line or "weight_kg" in line)
    digits = lines[place].index("_kg")
    spot = next(i for i in range(digits, len(lines[place])) if lines[place][i] in "12345678")
    changed = str(int(lines[place][spot]) + 1)
    lines[place] = lines[place][:spot] + changed + lines[place][spot + 1 :]
    copy = export.with_suffix(".tampered")
    copy.write_text("\n".join(lines) + "\n")
    return copy
