"""Counters that rules watch exist before they count: what begins at 1 has not increased."""

import re
from pathlib import Path

import pytest

from settlement.metrics import Metrics

RULES = Path(__file__).parents[3] / "deploy/prometheus/taigan.rules.yml"


@pytest.mark.parametrize("result", ["forged", "unreadable"])
def test_a_forged_callback_is_an_increase_the_first_time(result: str) -> None:
    series = f'taigan_bank_callbacks_total{{result="{result}"}}'
    metrics = Metrics()
    assert f"{series} 0.0" in metrics.render().decode()
    metrics.callbacks.labels(result).inc()
    assert f"{series} 1.0" in metrics.render().decode()


def test_every_rule_that_fires_at_once_watches_a_series_that_is_there() -> None:
    watched = re.findall(r"increase\((taigan_\w+\{[^}]*=\"[^}]*\})\[\w+\]\) > 0", RULES.read_text())
    assert watched
    shown = Metrics().render().decode()
    assert all(f"{one} 0.0" in shown for one in watched)
