"""Settings come from one file and its overlay, and say what is wrong with them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.config import Plates, Settings
from taigan.settings import WrongSettings, load
from tests.services.secrets import make_secrets

EXAMPLE = Path(__file__).parents[3] / "deploy" / "gateway.example.toml"


def changed(tmp_path: Path, old: str = "", new: str = "") -> Path:
    make_secrets(tmp_path)
    path = tmp_path / "gateway.toml"
    text = EXAMPLE.read_text()
    assert old in text
    path.write_text(text.replace(old, new) if old else text)
    return path


def test_the_shipped_example_is_valid(tmp_path: Path) -> None:
    settings = load(changed(tmp_path), Settings)
    assert settings.mqtt.broker == "embedded"
    assert settings.weighing.command_ttl_s == 30


def test_a_variable_wins_over_the_file_and_leaves_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_SETTLEMENT__TOKEN", "from the environment")
    settings = load(changed(tmp_path), Settings)
    assert settings.settlement.token.get_secret_value() == "from the environment"
    assert settings.settlement.url == "http://127.0.0.1:8081"


def test_secrets_are_not_shown_when_settings_are_printed(tmp_path: Path) -> None:
    path = changed(tmp_path)
    shown = repr(load(path, Settings))
    assert not [secret for secret in make_secrets(tmp_path).values() if secret in shown]


@pytest.mark.parametrize(
    ("section", "key", "published"),
    [
        ("settlement", "token", "change-me-to-a-long-random-text"),
        ("settlement", "webhook_secret", "whsec_Y2hhbmdlLW1lLXRvLTI0LW90aGVyLWJ5dGVzIQ=="),
        ("receipt", "secret", "change-me-to-32-random-characters-or-more"),
        ("mqtt", "password", "change-me"),
    ],
)
def test_a_secret_that_was_published_is_refused(
    section: str, key: str, published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_MQTT__USERNAME", "gateway")
    monkeypatch.setenv(f"TAIGAN_{section}__{key}".upper(), published)
    with pytest.raises(WrongSettings, match="published") as error:
        load(changed(tmp_path), Settings)
    assert published not in str(error.value)


def test_a_secret_that_is_too_short_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAIGAN_RECEIPT__SECRET", "short")
    with pytest.raises(WrongSettings, match="TAIGAN_RECEIPT__SECRET"):
        load(changed(tmp_path), Settings)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("port = 8080", "port = 8080\nprot = 1", "http.prot"),
        ('broker = "embedded"', 'broker = "rabbit"', "mqtt.broker"),
        ('data_dir = "/var/lib/taigan-gateway/broker"', "", "data_dir is required"),
        ('host = "127.0.0.1"\nport = 1883', 'host = "10.0.0.1"\nport = 1883', "127.0.0.1 only"),
        ('url = "sqlite:', 'url = "mysql:', "database.url"),
        ("idle_hours = 8", "idle_hours = 48", "idle_hours must not exceed"),
        (
            '# username = "gateway"',
            'tls = { ca = "/ca.pem", cert = "/c.pem" }',
            "cert and key come together",
        ),
        ('public_url = "https://taigan.example"', 'public_url = "taigan/"', "http.public_url"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(WrongSettings) as error:
        load(changed(tmp_path, old, new), Settings)
    assert named in str(error.value)


def test_the_nearest_policy_for_plates_holds() -> None:
    plates = Plates(policy="preferred", at={"mine": "required", "mine/mine-out": "off"})
    lanes = (("mine", "mine-in"), ("mine", "mine-out"), ("plant", "mine-out"))
    assert [plates.of(*lane) for lane in lanes] == ["required", "off", "preferred"]


def test_a_policy_for_a_place_that_is_not_there_is_known_by_name() -> None:
    plates = Plates(at={"mine": "off", "mine/in": "off", "mnie": "required", "mine/out": "off"})
    assert plates.unknown([("mine", "in"), ("plant", "out")]) == {"mnie", "mine/out"}


def test_a_policy_for_a_place_that_no_yard_can_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="Mine"):
        Plates(at={"Mine": "off"})


def test_no_order_list_is_made_that_a_lane_would_not_believe(tmp_path: Path) -> None:
    assert load(changed(tmp_path, "valid_hours = 72", "valid_hours = 744"), Settings)
    with pytest.raises(WrongSettings, match="valid_hours"):
        load(changed(tmp_path, "valid_hours = 72", "valid_hours = 745"), Settings)
