"""Faults are drawn from the seed and the transfer alone."""

import pytest

from simulators.bank.faults import Fate, Faults, Mishap, fate, mishap

ALWAYS = Faults(
    slow=1,
    lost_answer=1,
    error_after_move=1,
    duplicate_callback=1,
    late_callback=1,
    not_found_yet=1,
    accepted_first=1,
    reject=1,
)


def test_without_faults_nothing_happens() -> None:
    for n in range(50):
        assert fate(Faults(), n, "T1") == Fate(
            rejected=False,
            accepted_first=False,
            hidden=False,
            callback_late=False,
            callback_twice=False,
        )
        assert mishap(Faults(), n, "T1", 1) == Mishap(slow=False, lost=False, error=False)


def test_a_certain_fault_always_happens() -> None:
    assert mishap(ALWAYS, 3, "T1", 7) == Mishap(slow=True, lost=True, error=True)
    assert fate(ALWAYS, 3, "T1") == Fate(
        rejected=True, accepted_first=True, hidden=True, callback_late=True, callback_twice=True
    )


def test_each_attempt_has_its_own_luck() -> None:
    rough = Faults.parse("rough")
    answers = {mishap(rough, 1, "T1", attempt).lost for attempt in range(100)}
    assert answers == {True, False}


def test_the_share_of_faults_is_the_one_asked_for() -> None:
    faults = Faults(lost_answer=0.2)
    lost = sum(mishap(faults, 1, f"T{n}", 1).lost for n in range(2000))
    assert 340 < lost < 460


def test_faults_are_read_from_the_command_line() -> None:
    assert Faults.parse("slow=0.5,slow_s=0.1") == Faults(slow=0.5, slow_s=0.1)
    assert Faults.parse("") == Faults()


def test_a_rough_bank_never_refuses_for_good() -> None:
    assert Faults.parse("rough").reject == 0
    assert Faults.parse("rough").lost_answer > 0


@pytest.mark.parametrize("text", ["slow=2", "speed=1", "slow", "slow=often"])
def test_a_fault_that_makes_no_sense_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"bank faults: {text[:4]}"):
        Faults.parse(text)
