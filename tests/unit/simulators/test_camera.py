"""A simulated camera's mistakes are the real ones, and only those that were asked for."""

import pytest

from simulators.camera import JPEG, Eye, Guard
from simulators.chance import seeded

PLATE = "蒙K12305"


def eye(**faults: float) -> Eye:
    made = Eye(seeded(1), pictures=2)
    for name, probability in faults.items():
        setattr(made.faults, name, probability)
    return made


def test_a_camera_without_faults_says_what_it_sees_once() -> None:
    (seen,) = eye().events(PLATE)
    assert (seen.text, seen.retransmitted, len(seen.pictures)) == (PLATE, False, 2)
    assert seen.at is not None
    assert all(picture.data.startswith(JPEG) for picture in seen.pictures)
    assert len({picture.data for picture in seen.pictures}) == 2


def test_an_event_is_sent_again_and_says_so() -> None:
    first, again = eye(retransmits=1).events(PLATE)
    assert (first.retransmitted, again.retransmitted) == (False, True)
    assert first.uuid == again.uuid


def test_an_old_event_comes_before_the_new_one() -> None:
    camera = eye(repeats=1)
    (old,) = camera.events(PLATE)
    assert camera.events("A1")[0] == old


def test_a_plate_is_not_read_or_misread_by_one_character() -> None:
    assert eye(unread=1).events(PLATE)[0].text is None
    assert eye(misread=1).events(PLATE)[0].text == "蒙K12385"
    assert eye(misread=1).events("蒙KABCDE")[0].text == "蒙KABCDE"


@pytest.mark.parametrize("authorization", ["", "Digest", "Basic YWRtaW46eA", "Basic YTpi=="])
def test_who_shows_no_digest_is_not_let_in(authorization: str) -> None:
    assert not Guard(("admin", "x")).lets_in("GET", "/", authorization)


def test_what_is_sent_ends_too_early() -> None:
    assert eye(cut=1).cut(b"123456789") == b"123456"
    assert eye().cut(b"123456789") == b"123456789"
