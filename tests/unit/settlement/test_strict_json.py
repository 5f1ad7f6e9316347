"""Input from outside is refused by the name of its field."""

import pytest

from settlement.messages import ContractTerms, Load
from settlement.strict_json import BadInput, read_form
from tests.unit.settlement.tickets import terms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"load_net_kg": 3500.0, "unload_net_kg": 1}', "load_net_kg: 3500.0 is a float"),
        ('{"load_net_kg": 1e3, "unload_net_kg": 1}', "load_net_kg: 1e3 is a float"),
        ('{"load_net_kg": NaN, "unload_net_kg": 1}', "load_net_kg: NaN is a float"),
        ('{"load_net_kg": "1", "unload_net_kg": 1}', "load_net_kg: Input should be a valid int"),
        ('{"load_net_kg": 1}', "unload_net_kg: Field required"),
        ('{"load_net_kg": 0, "unload_net_kg": 1}', "load_net_kg: Input should be greater"),
        ('{"load_net_kg": 1, "unload_net_kg": 1, "x": 1}', "x: Extra inputs"),
        ('{"load_net_kg": 1, "load_net_kg": 2}', "names a key twice"),
        ("[1.5]", "0: 1.5 is a float"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"x": ["a\\u0000"]}', "x.0: holds a NUL"),
        ('{"load_net_kg": 9223372036854775808}', "load_net_kg: has more than 64 bits"),
    ],
)
def test_a_wrong_field_is_named(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_form(text, Load)


def test_a_float_deep_inside_is_named_by_its_path() -> None:
    text = terms().model_dump_json().replace('"value":"3"', '"value":0.3')
    with pytest.raises(BadInput, match=r"^loss_allowance.value: 0.3 is a float"):
        read_form(text, ContractTerms)


def test_no_form_is_recommended_that_the_field_refuses() -> None:
    """FM-08: a rate with parts of a fen was told to be a string, and refused as one."""
    text = terms().model_dump_json()
    rate = f'"rate_per_tonne_minor":{terms().rate_per_tonne_minor}'
    with pytest.raises(BadInput, match="fen and kg are integers") as refused:
        read_form(text.replace(rate, '"rate_per_tonne_minor":9202.13'), ContractTerms)
    assert '"9202.13"' not in str(refused.value)


def test_a_proper_form_is_read() -> None:
    assert read_form(terms().model_dump_json(), ContractTerms) == terms()
