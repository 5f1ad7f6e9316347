"""The shipped rules are sound, fire when they should, and ask only for metrics that exist."""

import re
import shutil
import subprocess
from pathlib import Path

from starlette.testclient import TestClient

from tests.integration.gateway_http.world import make_world
from tests.integration.settlement.program import running_program

SHIPPED = Path(__file__).parents[3] / "deploy" / "prometheus"
PAGE = SHIPPED.parents[1] / "docs" / "what-to-do-when.md"
RULES_TEST = Path(__file__).with_name("rules_test.yml")
NAMED = re.compile(r"taigan_[a-z_]+")
ALERT = re.compile(r"^ *- alert: (\w+)$", re.MULTILINE)
FIRES = re.compile(r"alertname: (\w+)\n +exp_alerts:")
EXPRESSION = re.compile(r"^ *expr: (.*)$", re.MULTILINE)
TYPED = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)


def promtool(folder: Path, *words: str) -> None:
    program = shutil.which("promtool")
    assert program is not None, "install promtool: make services"
    done = subprocess.run(
        [program, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_files_are_sound() -> None:
    promtool(SHIPPED, "check", "config", "prometheus.yml")


def test_the_rules_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    shutil.copy(SHIPPED / "taigan.rules.yml", tmp_path)
    shutil.copy(RULES_TEST, tmp_path)
    promtool(tmp_path, "test", "rules", RULES_TEST.name)


def test_each_rule_is_seen_to_fire_and_says_what_to_do() -> None:
    rules = set(ALERT.findall((SHIPPED / "taigan.rules.yml").read_text()))
    assert set(FIRES.findall(RULES_TEST.read_text())) == rules
    rows = re.findall(r"^\| (`Taigan\w+`.*?) \| \S", PAGE.read_text(), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == rules


def test_each_metric_that_a_rule_names_is_there(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    gateway = TestClient(world.app).get("/metrics").text
    world.engine.dispose()
    with running_program(f"sqlite:///{tmp_path / 'settlement.db'}") as program:
        settlement = program.client.get("/metrics").text
    there = {
        f"{name}_bucket" if kind == "histogram" else name
        for name, kind in TYPED.findall(gateway + settlement)
    }
    expressions = "\n".join(EXPRESSION.findall((SHIPPED / "taigan.rules.yml").read_text()))
    named = set(NAMED.findall(expressions))
    assert len(named) > 15
    assert named - there == set()
