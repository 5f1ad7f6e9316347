"""How a box joins its server: it asks, a person carries the request there and the answer back.

Both are text without a secret: `NAME=value` lines, and PEM. The box makes both of its keys itself,
the one that signs records and the one for the broker; neither ever leaves it. The server answers
with a certificate for the second, and with where the broker is and whom to obey. That goes into the
`.env` file beside the settings; the settings themselves, a person's, are not touched.
"""

import os
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from pydantic import ConfigDict
from pydantic_settings import SettingsConfigDict

from edge.config import ScaleSettings, Settings
from edge.keys import BadKeyFile, create_key, load_key, public_text, write_key
from edge.messages import Name
from taigan.carried_lines import BadLine, read_lines, split_pem
from taigan.env_file import beside
from taigan.exit_codes import WRONG_SETTINGS
from taigan.settings import Section, SettingsFile, WrongSettings, load
from taigan.terminal import fail, read_settings, say

_ANSWERED: Final = ("LANE", "HOST", "PORT", "GATEWAY_PUBLIC_KEY")


class _KeyFile(Section):
    model_config = ConfigDict(frozen=True, extra="ignore")

    key_file: Path


class Asking(SettingsFile):
    """What of a lane's settings is there before the server has answered."""

    model_config = SettingsConfigDict(extra="ignore")

    yard: Name
    lane: Name
    scale: ScaleSettings
    signing: _KeyFile

    @property
    def place(self) -> str:
        return f"{self.yard}/{self.lane}"

    def broker_file(self, end: str) -> Path:
        """Return where a file of the way to the broker is kept: beside the signing key."""
        return self.signing.key_file.with_name(f"{self.lane}-broker{end}")


class BadAnswer(ValueError):
    """It is no answer of a server, not a whole one, or one to another box."""


def ask(config: Path) -> str:
    """Return the request of this box, after making the keys that are missing."""
    asking = read_settings(config, Asking)
    path = asking.signing.key_file
    try:
        signing = load_key(path) if path.exists() else create_key(path)
        broker = _broker_key(asking.broker_file(".key"))
    except (BadKeyFile, OSError) as error:
        fail(f"signing.key_file: {error}")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, asking.place)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(broker, SHA256())
    head = [
        f"# The box of the lane {asking.place} asks to join; no secret is in it.",
        f"YARD={asking.yard}",
        f"LANE={asking.lane}",
        f"PUBLIC_KEY={public_text(signing)}",
        f"E_KG={asking.scale.e_kg}",
        f"MAX_KG={asking.scale.max_kg}",
    ]
    return "\n".join([*head, csr.public_bytes(Encoding.PEM).decode()])


def _broker_key(path: Path) -> EllipticCurvePrivateKey:
    if not path.exists():
        write_key(path, generate_private_key(SECP256R1()))
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise BadKeyFile(f"{path}: not the key that `taigan-edge request` made")
    return key


def accept(config: Path, answer: Path) -> None:
    """Take the server's answer: certificate, broker, whom to obey. A repeat renews them."""
    asking = read_settings(config, Asking)
    try:
        head, certificate, authority = _read(answer.read_text(), asking.place)
        _refuse_other_key(asking, certificate, authority)
    except (OSError, UnicodeDecodeError, BadLine, BadAnswer) as error:
        fail(f"{answer}: {error}" if isinstance(error, ValueError) else str(error))
    files = {"CA": asking.broker_file("-ca.pem"), "CERT": asking.broker_file(".pem")}
    try:
        _write_public(files["CA"], authority)
        _write_public(files["CERT"], certificate)
        files["KEY"] = asking.broker_file(".key")
        variables = {
            "TAIGAN_MQTT__HOST": head["HOST"],
            "TAIGAN_MQTT__PORT": head["PORT"],
            **{f"TAIGAN_MQTT__TLS__{name}": str(path) for name, path in files.items()},
            "TAIGAN_SIGNING__GATEWAY_PUBLIC_KEY": head["GATEWAY_PUBLIC_KEY"],
        }
        _write_variables(beside(config), variables, asking.signing.key_file)
        load(config, Settings)
    except OSError as error:
        fail(f"{error}: settings belong to root, run it as root")
    except WrongSettings as error:
        fail(str(error), WRONG_SETTINGS)
    say(f"{asking.place} may join {head['HOST']}:{head['PORT']}; next: taigan-edge doctor")


def _write_public(path: Path, certificate: x509.Certificate) -> None:
    """Write it for everybody to read, whatever root's umask is: the lane has a user of its own."""
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    path.chmod(0o644)


def _read(text: str, place: str) -> tuple[dict[str, str], x509.Certificate, x509.Certificate]:
    """Return the answer's lines, this box's certificate, and the authority's."""
    lines, pem = split_pem(text)
    head = read_lines(lines)
    missing = [name for name in _ANSWERED if name not in head]
    if missing or not pem:
        told = ", ".join(missing) or "certificates"
        raise BadAnswer(f"without {told}: is it what the server answered?")
    if head["LANE"] != place:
        raise BadAnswer(f"for the lane {head['LANE']}, and this is {place}")
    try:
        certificate, authority = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise BadAnswer(f"needs two certificates: {error}") from error
    return head, certificate, authority


def _refuse_other_key(
    asking: Asking, certificate: x509.Certificate, authority: x509.Certificate
) -> None:
    """Refuse a certificate that this box's key does not fit, or that its authority did not sign."""
    path = asking.broker_file(".key")
    if not path.exists():
        raise BadAnswer(f"{path} is missing: this box has never asked; run `taigan-edge request`")
    if certificate.public_key() != load_pem_private_key(path.read_bytes(), None).public_key():
        raise BadAnswer("answers another request: its certificate is not for this box's key")
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise BadAnswer(f"the authority in it did not sign its certificate: {error}") from error


def _write_variables(path: Path, variables: dict[str, str], key_file: Path) -> None:
    """Set these variables in a file of secrets and leave all others; whoever has the key reads it.

    A person may keep a password in the same file.
    """
    before = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in before if line.partition("=")[0].strip() not in variables]
    lines = [*kept, *(f"{name}={value}" for name, value in variables.items())]
    new = path.with_suffix(".env.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w") as file:
        os.fchown(descriptor, -1, key_file.stat().st_gid)
        os.fchmod(descriptor, 0o640)
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(descriptor)
    new.replace(path)
