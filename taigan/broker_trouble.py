"""Why a broker cannot be reached, as a doctor says it: which setting, what is wrong, what helps."""

import socket
import ssl
from typing import Final

from taigan.broker import BrokerSettings
from taigan.finding import Finding, bad
from taigan.mqtt_hello import BrokerRefused

RENEW: Final = "renew it: `taigan-server renew`, or deploy/make-certificates.sh"

_BROKERS_CERTIFICATE: Final = {
    9: ("the broker's certificate is not valid yet", "is the clock here right? `timedatectl`"),
    10: ("the broker's certificate has expired", f"{RENEW}; is the clock here right?"),
    **dict.fromkeys(
        (18, 19, 20, 21),
        (
            "mqtt.tls.ca: another authority made the broker's certificate",
            "bring the ca.pem of this broker, or is it another broker?",
        ),
    ),
    **dict.fromkeys(
        (62, 64),
        (
            "mqtt.host: the broker's certificate does not have this name",
            "write a name that it has, or renew it with this one (`taigan-server init`)",
        ),
    ),
}
"""What OpenSSL says of a certificate that it does not believe, by its number (X509_V_ERR_…)."""


def broker_trouble(broker: BrokerSettings, error: OSError | BrokerRefused) -> Finding:
    """Return what `say_hello` met."""
    reason, fix = _reason(broker, error)
    return bad("broker", f"{broker.host}:{broker.port}: {reason}", fix)


def _reason(broker: BrokerSettings, error: OSError | BrokerRefused) -> tuple[str, str]:
    match error:
        case BrokerRefused():
            return str(error), _login(broker)
        case ssl.SSLError():
            return _tls(broker, error)
        case ConnectionResetError():
            return _hung_up(broker)
        case _:
            return _network(error)


def _tls(broker: BrokerSettings, error: ssl.SSLError) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = (f"the broker's certificate: {error.verify_message}", "check mqtt.tls.ca")
        return _BROKERS_CERTIFICATE.get(error.verify_code, unknown)
    reason = error.reason or ""
    if isinstance(error, ssl.SSLEOFError) or "ALERT" in reason:
        return _hung_up(broker)
    if reason == "WRONG_VERSION_NUMBER":
        return "mqtt.port: no TLS is spoken there", "another port, or no [mqtt.tls]"
    told = reason.lower().replace("_", " ") or str(error)
    return f"mqtt.tls: {told}", "check the files of mqtt.tls"


def _network(error: OSError) -> tuple[str, str]:
    match error:
        case FileNotFoundError() | PermissionError():
            told = f"mqtt.tls: {error.strerror}"
            return told, "name files that this program's user may read"
        case socket.gaierror():
            return "mqtt.host: no such name", "correct it, or /etc/resolv.conf"
        case ConnectionRefusedError():
            return "mqtt.port: nobody listens there", "start the broker, or correct host or port"
        case TimeoutError():
            told = "mqtt.host: does not answer in time"
            return told, "is it the broker's address and port? look at network and firewall"
        case _:
            return error.strerror or str(error), "check network, mqtt.host, mqtt.port, firewall"


def _hung_up(broker: BrokerSettings) -> tuple[str, str]:
    """Explain a broker that ends the connection in the midst; why stands in its log at most."""
    if broker.tls is None:
        return "it hangs up", "does it want TLS at this port? then add [mqtt.tls]"
    if broker.tls.cert is None:
        return "it hangs up", "does it want a certificate? then set mqtt.tls.cert and key"
    told = "mqtt.tls.cert: it hangs up on our certificate"
    return told, "bring one of its own authority that has not expired; or is no TLS spoken there?"


def _login(broker: BrokerSettings) -> str:
    if broker.password is None and broker.tls is None:
        return "no password here: TAIGAN_MQTT__PASSWORD in the .env file beside the settings"
    if broker.password is None:
        return "the name in mqtt.tls.cert must be this program's or lane's at the broker"
    return "check mqtt.username and TAIGAN_MQTT__PASSWORD"
