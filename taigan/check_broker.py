"""Checks of the way to a broker: its TLS files, its login, and whether it passes messages on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from taigan.broker import BrokerSettings, TlsSettings
from taigan.broker_trouble import RENEW, broker_trouble
from taigan.finding import Finding, bad, ok, warn
from taigan.mqtt_echo import comes_back
from taigan.mqtt_hello import BrokerRefused, say_hello

PRIVATE: Final = 0o077
SOON: Final = timedelta(days=30)


def check_tls(tls: TlsSettings, now: datetime) -> Iterator[Finding]:
    """Check that every file can be read and used, and for how long."""
    yield from _certificates("mqtt.tls.ca", tls.ca, now)
    if tls.cert is not None and tls.key is not None:
        yield from _certificates("mqtt.tls.cert", tls.cert, now)
        yield _key(tls.cert, tls.key)


def _certificates(name: str, path: Path, now: datetime) -> Iterator[Finding]:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        told = f"{path}: {error.strerror}"
        yield bad(name, told, f"name a PEM file that this user may read in {name}")
        return
    except ValueError:
        yield bad(name, f"{path}: no certificate in it", f"name a PEM file in {name}")
        return
    for one in found:
        yield _in_time(name, one, now)


def _in_time(name: str, one: x509.Certificate, now: datetime) -> Finding:
    ends = one.not_valid_after_utc
    told = f"{one.subject.rfc4514_string()}, until {ends:%Y-%m-%d}"
    if now < one.not_valid_before_utc:
        return bad(
            name, f"{told}: not valid before {one.not_valid_before_utc}", "is the clock right?"
        )
    if now > ends:
        return bad(name, f"{told}: expired", RENEW)
    return warn(name, told, RENEW) if now + SOON > ends else ok(name, told)


def _key(cert: Path, key: Path) -> Finding:
    try:
        mode = key.stat().st_mode & 0o777
        public = load_pem_private_key(key.read_bytes(), None).public_key()
        ours = x509.load_pem_x509_certificates(cert.read_bytes())[0].public_key()
    except (OSError, ValueError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no PEM key without password"
        told = f"{key}: {why}"
        return bad("mqtt.tls.key", told, "name the key that belongs to mqtt.tls.cert")
    if mode & PRIVATE:
        return bad("mqtt.tls.key", f"{key}: mode {mode:o}", f"chmod 600 {key}")
    if public != ours:
        return bad("mqtt.tls.key", f"{key}: not the key of {cert}", "bring the two that belong")
    return ok("mqtt.tls.key", str(key))


def check_login(broker: BrokerSettings, client_id: str, topic: str) -> Finding:
    """Check that the broker lets us in and passes on what we send to `topic`.

    A client of the same name is thrown out: ask a running program instead.
    """
    where = f"{broker.host}:{broker.port}"
    try:
        protected = say_hello(broker, client_id)
    except (BrokerRefused, OSError) as error:
        return broker_trouble(broker, error)
    if not comes_back(broker, client_id, topic):
        fix = f"let the user {broker.username} read and write taigan/v1/# in the broker's acl"
        return bad("broker", f"{where}: logged in, but messages do not come back", fix)
    return ok("broker", f"{where}: logged in, messages come back, {protected}")


def utc_now() -> datetime:
    """Return the wall clock."""
    return datetime.now(UTC)  # noqa: TID251 - a doctor judges this machine's own clock
