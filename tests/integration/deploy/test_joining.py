"""A box asks to join, the server answers: what is carried between them, and what is refused."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine, select

from edge.config import Settings
from edge.joining import accept, ask
from edge.keys import load_key, public_text
from gateway.migrations import upgrade
from gateway.registry.joining import BadRequest, Joined, LaneTaken, join, read_request
from gateway.registry.tables import lanes, yards
from gateway.trail.service import By
from taigan.engine import open_engine
from taigan.settings import load
from tests.services.mosquitto import SHIPPED

BY_HAND = By("root@server", 1)
SIGN = SHIPPED.parent / "make-certificates.sh"
OBEYED = "vSDiYnr8ryc7ygq1dxjB5SxaU5Vx6KJLKCHTUZ3ylH4="
BOX = """
yard = "mine"
lane = "{lane}"
[scale]
source = "socket://192.0.2.21:4001"
[[readers]]
source = "socket://192.0.2.21:4002"
[plc]
source = "tcp://192.0.2.21:502"
[journal]
path = "{folder}/{lane}.db"
[signing]
key_file = "{folder}/{lane}.key"
"""


def box(folder: Path, lane: str = "mine-in") -> Path:
    folder.mkdir(exist_ok=True)
    config = folder / f"{lane}.toml"
    config.write_text(BOX.format(folder=folder, lane=lane))
    return config


def certificate(authority: Path, request: str, lane: str = "mine/mine-in") -> str:
    """Sign a request as the server does; return the certificate and the authority's."""
    (authority.parent / "request").write_text(request)
    for words in (("client", "gateway"), ("sign", lane, authority.parent / "request")):
        done = subprocess.run(
            ["/bin/sh", SIGN, authority, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return (authority / f"{lane}.pem").read_text() + (authority / "ca.pem").read_text()


def answer(certificates: str, lane: str = "mine/mine-in") -> str:
    head = f"# text\nLANE={lane}\nHOST=192.0.2.1\nPORT=8883\nGATEWAY_PUBLIC_KEY={OBEYED}\n"
    return head + certificates


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = open_engine("sqlite://")
    upgrade(made)
    yield made
    made.dispose()


def test_a_box_joins_with_keys_that_never_leave_it(tmp_path: Path, engine: Engine) -> None:
    config = box(tmp_path / "box")
    config.with_suffix(".env").write_text("TAIGAN_PLC__UNIT_ID=7\nTAIGAN_MQTT__HOST=old\n")
    request = ask(config)
    assert "PRIVATE" not in request
    assert ask(config).split("-----")[0] == request.split("-----")[0]  # the keys are made once

    lane = read_request(request)
    key = public_text(load_key(tmp_path / "box" / "mine-in.key"))
    assert (lane.public_key, lane.e_kg, lane.max_kg) == (key, 20, 100_000)
    with engine.begin() as connection:
        assert join(connection, lane, BY_HAND, replaces=False) is Joined.NEW
        assert join(connection, lane, BY_HAND, replaces=False) is Joined.KNOWN
        assert connection.execute(select(yards.c.id)).scalars().all() == ["mine"]

    (tmp_path / "answer").write_text(answer(certificate(tmp_path / "ca", request)))
    before = os.umask(0o077)  # root's own business
    accept(config, tmp_path / "answer")
    accept(config, tmp_path / "answer")
    os.umask(before)
    settings = load(config, Settings)
    assert (settings.mqtt.host, settings.mqtt.port, settings.plc.unit_id) == ("192.0.2.1", 8883, 7)
    assert settings.signing.gateway_public_key == OBEYED
    tls = settings.mqtt.tls
    assert tls is not None
    assert tls.key is not None
    assert tls.key.stat().st_mode & 0o777 == 0o600
    assert tls.cert is not None
    assert {file.stat().st_mode & 0o777 for file in (tls.ca, tls.cert)} == {0o644}
    assert config.with_suffix(".env").read_text().count("TAIGAN_MQTT__HOST") == 1
    assert config.with_suffix(".env").stat().st_mode & 0o007 == 0


def test_another_box_takes_a_lane_only_if_that_is_said(tmp_path: Path, engine: Engine) -> None:
    first, second = (read_request(ask(box(tmp_path / name))) for name in ("old", "new"))
    with engine.begin() as connection:
        join(connection, first, BY_HAND, replaces=False)
        with pytest.raises(LaneTaken, match="--replace"):
            join(connection, second, BY_HAND, replaces=False)
        assert join(connection, second, BY_HAND, replaces=True) is Joined.REPLACED
        row = connection.execute(select(lanes)).one()
        assert (row.public_key, row.revision) == (second.public_key, 2)
        finer = second.model_copy(update={"e_kg": 10})
        with pytest.raises(LaneTaken, match="e_kg 20, max_kg 100000 here, 10, 100000 at its box"):
            join(connection, finer, BY_HAND, replaces=True)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("YARD=mine", "YARD=Mine", "YARD: String should match"),
        ("E_KG=20", "E_KG=twenty", "E_KG: "),
        ("MAX_KG=100000", "MAX_KG=110", "max_kg must be a multiple of e_kg"),
        ("MAX_KG=100000\n", "", "MAX_KG: Field required"),
        ("E_KG=20", "E_KG=20\nNAME=x", "NAME: Extra"),
        ("E_KG=20", "E_KG = 20", "write NAME=value"),
        ("LANE=mine-in", "LANE=mine-out", "for mine/mine-in, not for mine/mine-out"),
        ("-----BEGIN", "BEGIN", "no certificate request"),
        ("\n-----END", "A\n-----END", "certificate request: "),
        ("PUBLIC_KEY=", "PUBLIC_KEY=AA", "PUBLIC_KEY: "),
    ],
)
def test_a_request_that_is_not_whole_is_refused_with_the_reason(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    request = ask(box(tmp_path / "box"))
    assert old in request
    with pytest.raises(BadRequest) as refused:
        read_request(request.replace(old, new))
    assert why in str(refused.value)


def refusal(config: Path, text: str, capsys: pytest.CaptureFixture[str]) -> str:
    path = config.with_name("answer")
    path.write_text(text)
    with pytest.raises(typer.Exit) as end:
        accept(config, path)
    assert end.value.exit_code != 0
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    assert not config.with_suffix(".env").exists()
    return said


def test_an_answer_to_another_box_or_of_another_authority_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, other = box(tmp_path / "box"), box(tmp_path / "other")
    mine, theirs = ask(config), ask(other)
    good = certificate(tmp_path / "ca", mine)
    assert "answers another request" in refusal(
        config, answer(certificate(tmp_path / "ca", theirs)), capsys
    )
    for_out = answer(good, lane="mine/mine-out")
    assert "for the lane mine/mine-out" in refusal(config, for_out, capsys)
    (tmp_path / "elsewhere").mkdir()
    stranger = certificate(tmp_path / "elsewhere" / "ca", mine)
    mixed = good[: good.index("-----BEGIN", 10)] + stranger[stranger.index("-----BEGIN", 10) :]
    assert "did not sign" in refusal(config, answer(mixed), capsys)
    assert "'HOST = 192.0.2.1': write NAME=value" in refusal(
        config, answer(good).replace("HOST=", "HOST = "), capsys
    )
    assert "without HOST" in refusal(config, answer(good).replace("HOST=", "HOAST="), capsys)
    assert "without certificates" in refusal(config, answer(""), capsys)
    one = good[: good.index("-----BEGIN", 10)]
    assert "two certificates" in refusal(config, answer(one), capsys)
    never = box(tmp_path / "never")
    assert "has never asked" in refusal(never, answer(good), capsys)


def test_settings_that_are_wrong_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = box(tmp_path / "box", "Mine_In")
    with pytest.raises(typer.Exit):
        ask(config)
    assert "lane: String should match" in capsys.readouterr().err
    with pytest.raises(typer.Exit):
        accept(box(tmp_path / "box"), tmp_path / "nowhere")
    assert "nowhere" in capsys.readouterr().err
