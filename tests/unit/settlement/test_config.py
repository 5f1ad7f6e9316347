"""Settings: the shipped example is valid, mistakes are named, the environment lies on top."""

from pathlib import Path

import pytest

from settlement.config import Settings
from taigan import settings as files
from taigan.settings import WrongSettings
from tests.services.secrets import make_secrets

EXAMPLE = Path(__file__).parents[3] / "deploy" / "settlement.example.toml"
KEY = "A" * 43 + "="


def load(folder: Path, change: tuple[str, str] = ("", "")) -> Settings:
    make_secrets(folder)
    path = folder / "settlement.toml"
    text = EXAMPLE.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change, 1) if change[0] else text)
    return files.load(path, Settings)


def test_the_shipped_example_is_valid(tmp_path: Path) -> None:
    made = load(tmp_path)
    assert made.worker.inside_serve
    assert made.bank.quarantine_s == 900


def test_the_environment_lies_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_DATABASE__URL", "postgresql+psycopg://u@h/d")
    monkeypatch.setenv("TAIGAN_HTTP__PORT", "9000")
    made = load(tmp_path)
    assert (made.database.is_sqlite, made.http.port, made.http.host) == (False, 9000, "127.0.0.1")


def test_a_lane_may_have_one_key_or_several(tmp_path: Path) -> None:
    one = ("[guard.lane_keys]", f'[guard.lane_keys]\n"a/b" = "{KEY}"')
    many = ("[guard.lane_keys]", f'[guard.lane_keys]\n"a/b" = ["{KEY}", "{KEY}"]')
    assert load(tmp_path, one).guard.public_keys() == {"a/b": (bytes(32),)}
    assert len(load(tmp_path, many).guard.public_keys()["a/b"]) == 2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("lease_s = 30.0", "lease_s = 13.0"), "shorter than lease_s"),
        (("quarantine_s = 900.0", "quarantine_s = 50000"), "longer than twice quarantine_s"),
        (("inside_serve = true", "inside_serve = false"), "one process owns writes"),
        (("[http]", "[http]\nprot = 1"), "prot"),
        (("[http]", "[htpp]"), "htpp"),
        (("[guard.lane_keys]", '[guard.lane_keys]\n"a/b" = "AAAA"'), "lane_keys"),
        (('url = "sqlite:////', 'url = "mysql://'), "url"),
    ],
)
def test_a_mistake_stops_the_program_and_is_named(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    with pytest.raises(WrongSettings, match=named):
        load(tmp_path, change)


@pytest.mark.parametrize(
    ("variable", "secret", "named"),
    [
        ("TAIGAN_API__TOKEN", "tell-nobody", "at least 16"),
        ("TAIGAN_API__TOKEN", "change-me-to-a-long-random-text", "published"),
        ("TAIGAN_BANK__CALLBACK_SECRET", "Y2hhbmdlLXRvLTI0LXJhbmRvbS1ieXRlcw==", "whsec_"),
        ("TAIGAN_BANK__CALLBACK_SECRET", "whsec_%", "whsec_"),
        (
            "TAIGAN_BANK__CALLBACK_SECRET",
            "whsec_Y2hhbmdlLW1lLXRvLTI0LXJhbmRvbS1ieXRlcw==",
            "published",
        ),
        (
            "TAIGAN_GATEWAY__WEBHOOK_SECRET",
            "whsec_Y2hhbmdlLW1lLXRvLTI0LW90aGVyLWJ5dGVzIQ==",
            "published",
        ),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_and_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, secret: str, named: str
) -> None:
    monkeypatch.setenv(variable, secret)
    with pytest.raises(WrongSettings, match=named) as error:
        load(tmp_path)
    assert secret not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match=r"nowhere\.toml"):
        files.load(tmp_path / "nowhere.toml", Settings)


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    shown = repr(load(tmp_path))
    assert not [secret for secret in make_secrets(tmp_path).values() if secret in shown]


def test_a_mistake_is_named_without_telling_a_secret(tmp_path: Path) -> None:
    for change in (
        ("lease_s = 30.0", "lease_s = 13.0"),
        ('url = "sqlite:////', 'url = "mysql://tell-nobody'),
    ):
        with pytest.raises(WrongSettings, match=r"lease_s|url") as error:
            load(tmp_path, change)
        assert "tell-nobody" not in str(error.value)
        assert "whsec_" not in str(error.value)
