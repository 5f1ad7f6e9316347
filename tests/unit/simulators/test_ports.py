"""A port that is held is nobody else's, and its own program may listen on it again and again."""

import gc
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from simulators.camera import push_address
from simulators.ports import LOOPBACK, HeldPort, PortTaken, hold_any_port, listens


@pytest.fixture
def held() -> HeldPort:
    return hold_any_port()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server


def test_a_held_port_is_not_held_twice(held: HeldPort) -> None:
    with pytest.raises(PortTaken, match=f"port {held.number} is taken"):
        HeldPort(held.number)


def test_a_port_that_a_program_listens_on_is_taken(listener: socket.socket) -> None:
    with pytest.raises(PortTaken):
        HeldPort(listener.getsockname()[1])


def test_its_program_listens_on_a_held_port_as_often_as_it_starts(held: HeldPort) -> None:
    for _ in range(2):
        with socket.create_server((LOOPBACK, held.number)) as server:
            with socket.create_connection((LOOPBACK, held.number)), server.accept()[0]:
                pass
            with pytest.raises(PortTaken):
                HeldPort(held.number)


def test_a_port_is_held_while_its_program_is_down(held: HeldPort) -> None:
    socket.create_server((LOOPBACK, held.number)).close()
    with pytest.raises(PortTaken):
        HeldPort(held.number)


def test_nobody_answers_on_a_port_that_is_only_held(held: HeldPort) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, held.number))


def test_a_port_is_free_again_when_its_holder_is_gone() -> None:
    number = hold_any_port().number
    gc.collect()
    HeldPort(number)


def test_a_program_that_is_started_does_not_inherit_the_hold() -> None:
    held = hold_any_port()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        number = held.number
        del held
        gc.collect()
        HeldPort(number)
        child.communicate(b"\n")


def test_choosers_at_the_same_time_never_choose_the_same() -> None:
    chosen: list[HeldPort] = []
    threads = [
        threading.Thread(target=lambda: chosen.extend(hold_any_port() for _ in range(100)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({held.number for held in chosen}) == len(chosen) == 400


def test_a_camera_keeps_the_port_that_its_lane_box_will_listen_on() -> None:
    address = push_address("front")
    with pytest.raises(PortTaken):
        HeldPort(address.port.number)


def test_a_listener_is_known_by_its_process(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    assert listens(os.getpid(), port)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert not listens(child.pid, port)
        child.communicate(b"\n")
    assert not listens(child.pid, port)


def test_who_only_holds_or_uses_a_port_is_no_listener(
    held: HeldPort, listener: socket.socket
) -> None:
    assert not listens(os.getpid(), held.number)
    with socket.create_connection(listener.getsockname()) as client:
        assert not listens(os.getpid(), client.getsockname()[1])
