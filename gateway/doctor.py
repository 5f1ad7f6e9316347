"""`taigan-gateway doctor`: everything a gateway needs, looked at once; each with what to do.

Changes nothing. It leaves the broker to a gateway that runs, whose name it would take there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from gateway.check import triggers
from gateway.config import Mqtt, Settings
from gateway.keys import public_text
from gateway.migrations import schema
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.tables import alarms
from gateway.registry.tables import lanes
from taigan.check_broker import check_login, check_tls, utc_now
from taigan.check_server import check_database, check_port, check_server
from taigan.doctor import report
from taigan.engine import open_engine
from taigan.finding import Finding, bad, ok, warn
from taigan.key_file import read_key
from taigan.schema import Schema
from taigan.terminal import read_settings
from taigan.web_server import CannotListen, listen

ECHO_TOPIC: Final = "taigan/v1/doctor"
"""No lane's and no program's topic."""
WAIT_S: Final = 5.0
LOCAL: Final = {"127.0.0.1", "::1", "localhost"}


def examine(config: Path, env_file: Path | None, *, as_json: bool) -> int:
    """Print a line for each check; return 1 if one fails."""
    settings = read_settings(config, Settings, env_file)
    return report(_findings(config, env_file, settings), as_json=as_json)


def _findings(config: Path, env_file: Path | None, settings: Settings) -> Iterator[Finding]:
    yield ok("settings", str(config))
    yield from check_server(config, env_file)
    yield check_port(settings.http.host, settings.http.port, "taigan-gateway")
    yield _public_url(settings.http.public_url)
    yield _signing_key(settings.signing.key_file)
    yield from check_database(settings.database.url, _schema, "taigan-gateway init")
    yield from triggers(settings.database.url)
    yield from _broker(settings)
    yield from _believed_keys(settings.database.url)
    yield from _settlement(settings)


def _schema(url: str) -> Schema:
    engine = open_engine(url)
    try:
        return schema(engine)
    finally:
        engine.dispose()


def _public_url(url: str) -> Finding:
    parts = urlsplit(url)
    if parts.hostname is not None and parts.hostname.endswith(".example"):
        return bad("public_url", url, "http.public_url: how drivers and people reach this server")
    if parts.scheme == "https" or parts.hostname in LOCAL:
        return ok("public_url", url)
    fix = "put a proxy with a certificate before it (deploy/nginx.example.conf) and write https://"
    return bad("public_url", f"{url}: passwords and receipts cross the network in clear", fix)


def _signing_key(path: Path) -> Finding:
    try:
        return ok("signing key", f"{path}: {public_text(read_key(path).public_key())}")
    except FileNotFoundError:
        return bad("signing key", f"{path}: none", "run `taigan-gateway init`")
    except (OSError, ValueError, TypeError) as error:
        return bad("signing key", str(error), f"chmod 600 {path}, owned by the unit's user")


def _broker(settings: Settings) -> Iterator[Finding]:
    mqtt = settings.mqtt
    files = [] if mqtt.tls is None else list(check_tls(mqtt.tls, utc_now()))
    yield from files
    running = _running_gateway(settings)
    if running is not None:
        yield running
    elif any(one.level == "fail" for one in files):
        return  # with such files nobody lets us in
    elif mqtt.broker == "embedded":
        yield _embedded(mqtt)
    else:
        yield check_login(mqtt, f"{mqtt.client_id}-doctor", ECHO_TOPIC)


def _embedded(mqtt: Mqtt) -> Finding:
    try:
        listen(mqtt.host, mqtt.port).close()
    except CannotListen as error:
        fix = "another broker, such as Debian's? `systemctl disable --now mosquitto`"
        return bad("broker", f"mqtt.port: {error}", fix)
    return ok("broker", f"embedded, started by `serve` at {mqtt.host}:{mqtt.port}")


def _running_gateway(settings: Settings) -> Finding | None:
    """Return what a gateway that runs here says of its broker; None if none runs."""
    http = settings.http
    at = (http.host, http.port) if http.watch_port is None else (http.watch_host, http.watch_port)
    host = f"[{at[0]}]" if ":" in at[0] else at[0]
    try:
        answer = httpx2.get(f"http://{host}:{at[1]}/readyz", timeout=WAIT_S)
        trouble = answer.json()["reasons"].get("mqtt")
    except (httpx2.TransportError, ValueError, KeyError, AttributeError):
        return None
    if trouble is None:
        return ok("broker", "in use by the running gateway, which is connected")
    return bad(
        "broker", f"the running gateway says: {trouble}", "read its log; stop it and ask again"
    )


def _believed_keys(url: str) -> Iterator[Finding]:
    """Say which lanes believe another key than this gateway's, as a running gateway heard it."""
    wrong = select(alarms.c.yard_id, alarms.c.lane_id, alarms.c.detail).where(
        alarms.c.kind == AlarmKind.GATEWAY_KEY_WRONG, alarms.c.resolved_ms.is_(None)
    )
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(wrong).all()
    except DBAPIError:
        return  # the check of the database has said it
    finally:
        engine.dispose()
    fix = "its signing.gateway_public_key must be what `taigan-gateway key` prints; restart it"
    for yard, lane, detail in rows:
        told = f"{yard}/{lane} believes another gateway: {detail} messages unopened"
        yield bad("gateway key", told, fix)


def _settlement(settings: Settings) -> Iterator[Finding]:
    """Ask settlement for the lanes that its guard believes, and compare them with ours."""
    url = settings.settlement.url
    token = settings.settlement.token.get_secret_value()
    try:
        answer = httpx2.get(
            f"{url}/api/v1/lanes", headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_S
        )
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        yield bad("settlement", f"{url}: {error}", "is it started? check settlement.url")
        return
    if answer.status_code in {401, 403}:
        fix = "TAIGAN_SETTLEMENT__TOKEN must be settlement's TAIGAN_API__TOKEN"
        yield bad("settlement", f"{url}: refuses the token", fix)
    elif answer.status_code != 200:
        fix = "check settlement.url, and that settlement has this version"
        yield bad("settlement", f"{url}: answers {answer.status_code}", fix)
    else:
        yield ok("settlement", f"{url}: answers, the token is right")
        yield from _lanes(settings.database.url, answer.json()["lanes"])


def _lanes(url: str, believed: dict[str, list[str]]) -> Iterator[Finding]:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                select(lanes.c.yard_id, lanes.c.id, lanes.c.public_key, lanes.c.status)
            ).all()
    except DBAPIError:
        return  # the check of the database has said it
    finally:
        engine.dispose()
    fix = "put it into [guard.lane_keys] of settlement, and `systemctl reload taigan-settlement`"
    retired = {f"{row.yard_id}/{row.id}" for row in rows if row.status == "retired"}
    named = {f"{row.yard_id}/{row.id}": row.public_key for row in rows}
    registered = {name: key for name, key in named.items() if name not in retired}
    if not registered:
        yield warn("guard", "no lane is registered here", "docs/first-yard.md says how")
    elif all(key in believed.get(name, ()) for name, key in registered.items()):
        yield ok("guard", f"{len(registered)} lanes registered, {len(believed)} believed")
    for name, key in registered.items():
        if name not in believed:
            yield bad("guard", f"{name}: settlement's guard does not know it, nobody is paid", fix)
        elif key not in believed[name]:
            yield bad("guard", f"{name}: settlement's guard has another key, nobody is paid", fix)
    if unknown := sorted(set(believed) - set(named)):
        told = f"{', '.join(unknown)}: believed by the guard, not registered here"
        yield warn("strangers", told, "register the lane, or remove it from [guard.lane_keys]")
