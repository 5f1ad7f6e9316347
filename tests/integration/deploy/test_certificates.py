"""The shipped script makes what the shipped broker wants: TLS with a name in each certificate."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from taigan.broker import BrokerSettings, TlsSettings
from taigan.broker_trouble import broker_trouble
from taigan.check_broker import check_login, check_tls
from taigan.mqtt_hello import BrokerRefused, say_hello
from tests.fakes_bank import eventually
from tests.services.mosquitto import INSTALLED, SHIPPED, private_mosquitto

SCRIPT = SHIPPED.parent / "make-certificates.sh"
LANE = "mine/mine-in"


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", SCRIPT, folder, *words], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for words in (("server", "127.0.0.1", "localhost"), ("client", "gateway"), ("client", LANE)):
        done = make(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def port(certificates: Path) -> Iterator[int]:
    """Run the shipped broker with the shipped TLS listener."""
    listener = (SHIPPED / "listeners.d" / "tls.conf.example").read_text()
    with private_mosquitto({}, listener=listener, files={"tls": certificates}) as broker:
        yield broker.port


def client(port: int, folder: Path, name: str | None) -> BrokerSettings:
    files = {} if name is None else {"cert": folder / f"{name}.pem", "key": folder / f"{name}.key"}
    tls = TlsSettings(ca=folder / "ca.pem", **files)
    return BrokerSettings(host="127.0.0.1", port=port, tls=tls)


def test_a_certificate_lets_its_owner_in_under_his_name_and_to_his_own_topics(
    port: int, certificates: Path
) -> None:
    gateway = client(port, certificates, "gateway")
    lane = client(port, certificates, LANE)
    assert say_hello(lane, "x").startswith("TLSv1.")
    assert check_login(gateway, "gateway-doctor", "taigan/v1/doctor").level == "ok"
    assert check_login(lane, "x", "taigan/v1/doctor").level == "fail"
    assert check_login(lane, "x", f"taigan/v1/{LANE}/device/scale").level == "fail"
    now = datetime.now(UTC)  # noqa: TID251 - the script's clock
    assert {one.level for one in check_tls(lane.tls, now)} == {"ok"} if lane.tls else False


def test_without_a_certificate_of_this_authority_nobody_comes_in(
    port: int, certificates: Path, tmp_path: Path
) -> None:
    with pytest.raises((ssl.SSLError, OSError, BrokerRefused)):
        say_hello(client(port, certificates, None), "x")
    make(tmp_path, "client", LANE)  # another authority
    shutil.copy(certificates / "ca.pem", tmp_path / "ca.pem")
    with pytest.raises((ssl.SSLError, OSError, BrokerRefused)):
        say_hello(client(port, tmp_path, LANE), "x")


def told(broker: BrokerSettings) -> str:
    found = check_login(broker, "x", "taigan/v1/doctor")
    assert (found.level, "\n" in found.detail + found.fix) == ("fail", False)
    return found.detail.partition(f":{broker.port}: ")[2]


def test_a_doctor_names_the_setting_that_keeps_it_out(
    port: int, certificates: Path, tmp_path: Path
) -> None:
    right = client(port, certificates, "gateway")
    assert told(right.model_copy(update={"host": "127.0.0.2"})).startswith("mqtt.host: the broker")
    make(tmp_path, "client", "gateway")
    other = client(port, tmp_path, "gateway")
    assert told(other).startswith("mqtt.tls.ca: another authority")
    assert other.tls is not None
    ours = other.tls.model_copy(update={"ca": certificates / "ca.pem"})
    assert told(right.model_copy(update={"tls": ours})).startswith("mqtt.tls.cert: it hangs up")
    nobody = client(port, certificates, None)
    assert "mqtt.tls.cert and key" in check_login(nobody, "x", "taigan/v1/doctor").fix
    assert (
        "add [mqtt.tls]"
        in check_login(right.model_copy(update={"tls": None}), "x", "taigan/v1/doctor").fix
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    assert told(right.model_copy(update={"port": free})) == "mqtt.port: nobody listens there"
    assert told(right.model_copy(update={"host": "no.such.name.invalid"})) == (
        "mqtt.host: no such name"
    )


@pytest.mark.parametrize(
    ("number", "detail", "fix"),
    [
        (9, "not valid yet", "clock"),
        (10, "has expired", "taigan-server renew"),
        (19, "mqtt.tls.ca: ", "ca.pem"),
        (64, "mqtt.host: ", "a name that it has"),
        (99, "the broker's certificate: odd", "mqtt.tls.ca"),
    ],
)
def test_what_openssl_says_of_a_certificate_becomes_a_setting(
    number: int, detail: str, fix: str
) -> None:
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_code, error.verify_message = number, "odd"
    found = broker_trouble(BrokerSettings(host="h"), error)
    assert detail in found.detail
    assert fix in found.fix


def test_the_longest_names_fit_and_a_renewal_keeps_the_key(tmp_path: Path) -> None:
    name = f"{'y' * 31}/{'l' * 32}"
    assert make(tmp_path, "client", name).returncode == 0
    key, authority = (tmp_path / f"{name}.key").read_bytes(), (tmp_path / "ca.pem").read_bytes()
    first = x509.load_pem_x509_certificate((tmp_path / f"{name}.pem").read_bytes())
    assert make(tmp_path, "client", name).returncode == 0
    second = x509.load_pem_x509_certificate((tmp_path / f"{name}.pem").read_bytes())
    assert second.serial_number != first.serial_number
    assert second.public_key() == first.public_key()
    assert (tmp_path / f"{name}.key").read_bytes() == key
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert second.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == name
    lifetime = second.not_valid_after_utc - second.not_valid_before_utc
    assert lifetime == timedelta(days=825)
    assert (tmp_path / f"{name}.key").stat().st_mode & 0o777 == 0o600


def test_a_renewed_certificate_is_served_after_a_reload(tmp_path: Path) -> None:
    """`taigan-server renew` does no more than that; the lanes that are connected stay so."""
    for words in (("server", "127.0.0.1"), ("client", "gateway")):
        make(tmp_path, *words)
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    context.load_cert_chain(tmp_path / "gateway.pem", tmp_path / "gateway.key")
    listener = (SHIPPED / "listeners.d" / "tls.conf.example").read_text()

    def serial(certificate: bytes | None) -> int:
        return x509.load_der_x509_certificate(certificate or b"").serial_number

    with private_mosquitto({}, listener=listener, files={"tls": tmp_path}) as broker:

        def served() -> ssl.SSLSocket:
            plain = socket.create_connection(("127.0.0.1", broker.port), timeout=5)
            return context.wrap_socket(plain, server_hostname="127.0.0.1")

        with served() as lane:
            before = serial(lane.getpeercert(binary_form=True))
            make(tmp_path, "server", "127.0.0.1")
            broker.put("tls/server.pem", tmp_path / "server.pem")
            renewed = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
            assert renewed.serial_number != before
            broker.reload()

            def is_served() -> bool:
                with served() as another:
                    found = serial(another.getpeercert(binary_form=True))
                return found == renewed.serial_number

            eventually(is_served)
            lane.settimeout(0)
            with pytest.raises(ssl.SSLWantReadError):  # it is still there and has nothing to say
                lane.recv(1)


def test_wrong_usage_is_explained(tmp_path: Path) -> None:
    for words in ((), ("server",), ("client", "a", "b"), ("lane", "x")):
        done = make(tmp_path, *words)
        assert (done.returncode, "make-certificates.sh FOLDER" in done.stderr) == (2, True)
    assert not (tmp_path / "ca.key").exists()


def test_the_listener_names_where_the_manual_puts_the_files() -> None:
    listener = (SHIPPED / "listeners.d" / "tls.conf.example").read_text()
    for name in ("ca.pem", "server.pem", "server.key"):
        assert f"{INSTALLED}/tls/{name}" in listener
