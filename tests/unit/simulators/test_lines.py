"""What a bad cable does to a frame."""

from simulators.chance import seeded
from simulators.lines import LineFaults, damaged

FRAME = b"\x02+0153601E\x03"


def test_a_good_cable_changes_nothing() -> None:
    assert damaged(FRAME, LineFaults(), seeded(1)) == FRAME


def test_a_silent_cable_brings_nothing() -> None:
    assert damaged(FRAME, LineFaults(silent=True), seeded(1)) == b""


def test_a_bit_error_flips_exactly_one_bit() -> None:
    rng = seeded(2)
    for _ in range(50):
        received = damaged(FRAME, LineFaults(bit_error=1.0), rng)
        flipped = int.from_bytes(received) ^ int.from_bytes(FRAME)
        assert flipped.bit_count() == 1


def test_a_torn_frame_loses_its_end() -> None:
    rng = seeded(3)
    for _ in range(50):
        received = damaged(FRAME, LineFaults(torn=1.0, bit_error=0.0), rng)
        assert len(received) < len(FRAME)
        assert FRAME.startswith(received)


def test_both_faults_may_hit_one_frame() -> None:
    rng = seeded(4)
    received = [damaged(FRAME, LineFaults(torn=1.0, bit_error=1.0), rng) for _ in range(50)]
    assert any(frame and not FRAME.startswith(frame) for frame in received)
