"""`taigan-settlement doctor`: everything a settlement needs, looked at once; each with what to do.

Changes nothing, and moves no money: the bank is only asked for a number that was never used.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx2
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from standardwebhooks import Webhook

from settlement.check import triggers
from settlement.config import GatewaySettings, Settings, SmsSettings
from settlement.messages import PayoutState
from settlement.migrations import schema
from settlement.payouts.controls import switches
from settlement.payouts.holds import DOUBTED
from settlement.payouts.rails import RAILS
from settlement.payouts.rails.rail import Rail, RailNotSetUp
from settlement.payouts.states import RailOutcome
from settlement.registers.people import read_people
from settlement.services import set_up_rails
from settlement.tables import payouts
from taigan.check_server import check_database, check_port, check_server
from taigan.doctor import report
from taigan.finding import Finding, bad, ok, warn
from taigan.schema import Schema
from taigan.terminal import read_settings
from taigan.transactions import Database

WAIT_S: Final = 5.0
LOCAL: Final = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def examine(config: Path, env_file: Path | None, *, as_json: bool) -> int:
    """Print a line for each check; return 1 if one fails."""
    settings = read_settings(config, Settings, env_file)
    return report(_findings(config, env_file, settings), as_json=as_json)


def _findings(config: Path, env_file: Path | None, settings: Settings) -> Iterator[Finding]:
    yield ok("settings", str(config))
    yield from check_server(config, env_file)
    yield check_port(settings.http.host, settings.http.port, "taigan-settlement")
    yield _guard(settings)
    yield from check_database(settings.database.url, _schema, "taigan-settlement init")
    yield from triggers(settings.database.url)
    yield from _held(settings.database.url)
    yield from _people(settings)
    yield from _rails(settings)
    if settings.gateway is None:
        yield warn("gateway", "no [gateway]", "the console would not see what is settled: add it")
    else:
        yield _gateway(settings.gateway)
    if settings.sms is not None:
        yield _sms(settings.sms)


def _schema(url: str) -> Schema:
    database = Database(url)
    try:
        return schema(database)
    finally:
        database.close()


def _guard(settings: Settings) -> Finding:
    believed = settings.guard.lane_keys
    if not believed:
        fix = "a line in [guard.lane_keys] for each lane, from `taigan-edge keygen` on its box"
        return bad("guard", "it knows no lane: every payout would be held", fix)
    keys = [key for lane_keys in believed.values() for key in lane_keys]
    if len(set(keys)) < len(keys):
        return bad("guard", "two lanes have one key", "ask each box: `taigan-edge keygen`")
    return ok("guard", f"{len(believed)} lanes: {', '.join(sorted(believed))}")


def _held(url: str) -> Iterator[Finding]:
    """Tell of what waits for a person; the check of the database has told if it cannot be read."""
    database = Database(url)
    held = (
        select(payouts.c.reason, func.count())
        .where(payouts.c.state == PayoutState.HELD, payouts.c.reason.in_(DOUBTED))
        .group_by(payouts.c.reason)
    )
    try:
        with database.snapshot() as connection:
            stopped = connection.execute(held).all()
            paused = [(name, why) for name, is_paused, why in switches(connection) if is_paused]
    except DBAPIError:
        return
    finally:
        database.close()
    for name, why in paused:
        yield warn("rail", f"{name} is paused: {why}", "`taigan-settlement rail resume`")
    for reason, count in stopped:
        fix = f"`taigan-settlement payout list --reason {reason}` says why"
        yield warn("payouts", f"{count} stopped: {reason}", fix)


def _people(settings: Settings) -> Iterator[Finding]:
    """Tell whether anybody could approve a new payee, and what the settings give up."""
    approvals = settings.approvals
    needed = max(rule.signers_needed for rule in approvals.in_force().by_kind.values())
    database = Database(settings.database.url)
    try:
        with database.snapshot() as connection:
            names = read_people(connection, database.now_ms(connection)).names
    except DBAPIError:  # the check of the database has told
        return
    finally:
        database.close()
    if len(names) < needed:
        fix = "`taigan-settlement person key`, then `person add`, for each of the first two"
        yield bad("people", f"{len(names)} of {needed} may sign: nobody new can be paid", fix)
    elif needed == 1:
        fix = "docs/money.md says what that gives up; approvals.profile"
        yield warn("people", "one person alone decides who is paid", fix)
    elif approvals.cooling_off_s == 0:
        fix = "approvals.cooling_off_s is 0: for a trial only"
        yield warn("people", "a new account is paid at once", fix)
    else:
        yield ok("people", f"may sign: {', '.join(names)}")


def _rails(settings: Settings) -> Iterator[Finding]:
    try:
        ready = set_up_rails(settings)
    except RailNotSetUp as error:
        yield bad("bank", str(error), "add the rail's section")
        return
    for name, setup in ready.items():
        adapter = setup.connect()
        try:
            answer = adapter.ask(_unused_number(RAILS[name]), 1)
        finally:
            adapter.close()
        if answer.outcome is RailOutcome.NOT_FOUND:
            yield ok("bank", f"{name}: answers, and knows no such payment")
        else:
            fix = "check the rail's section; the network; the bank's own state"
            yield bad("bank", f"{name}: {answer.outcome}: {answer.evidence}", fix)


def _unused_number(rail: Rail) -> str:
    """Return a number of the right form that no payout ever has: it is no hash of anything."""
    return "P" + "0" * (rail.number_length - 1)


def _gateway(gateway: GatewaySettings) -> Finding:
    """Send news that mean nothing, signed: the gateway checks the signature first."""
    url, body = gateway.callback_url, json.dumps({"type": "doctor"})
    now = datetime.now(UTC)  # noqa: TID251 - signs for the gateway's clock
    headers = {
        "webhook-id": "doctor",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(gateway.webhook_secret.get_secret_value()).sign(
            "doctor", now, body
        ),
    }
    try:
        status = httpx2.post(url, content=body, headers=headers, timeout=WAIT_S).status_code
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        return bad("gateway", f"{url}: {error}", "is it started? check gateway.callback_url")
    if status == 422:
        return ok("gateway", f"{url}: answers, the secret is right")
    if status in {401, 403}:
        fix = (
            "TAIGAN_GATEWAY__WEBHOOK_SECRET must be the gateway's TAIGAN_SETTLEMENT__WEBHOOK_SECRET"
        )
        return bad("gateway", f"{url}: refuses the signature", fix)
    return bad("gateway", f"{url}: answers {status}", "gateway.callback_url: is it the gateway's?")


def _sms(sms: SmsSettings) -> Finding:
    if not sms.url.startswith(("https://", *LOCAL)):
        return bad("sms", f"{sms.url}: the token crosses the network in clear", "use https")
    return ok("sms", f"{sms.url}, not asked: a message costs money")
