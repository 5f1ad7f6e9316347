"""What a flood of logins costs a user who is signed in: his waits in quiet, and during the flood.

A whole gateway as its own process, SQLite and the embedded broker. Eighty clients from eight
addresses send wrong passwords, every second again as soon as they are answered; one user reads the
lanes, twenty times a second.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.integration.gateway.air import free_port
from tests.integration.gateway.test_program import CONFIG, ready

CLIENTS: Final = 80
ADDRESSES: Final = 8
MEASURED_S: Final = 15.0
PAUSE_S: Final = 0.05
AIM: Final = 2.0
MEASURED_ON_THE_FIRST_VERSION: Final = "50 ms became 52.9 s"


def run(_chosen: argparse.Namespace) -> None:
    """Measure quiet and flood, print them, end with a line of JSON."""
    with gateway() as (port, password):
        status, body = post_session(port, "admin", password, "192.0.2.1")
        if status != 201:
            raise RuntimeError(f"no session: {status} {body!r}")
        token = json.loads(body)["token"]
        quiet = read_for(port, token, MEASURED_S)
        # In a process of their own, so that the one who reads is not slowed down by their threads.
        with ProcessPoolExecutor(1, get_context("spawn")) as others:
            answers = others.submit(flood_for, port, MEASURED_S)
            loud = read_for(port, token, MEASURED_S)
            counted = answers.result()
    show(quiet, loud, counted)


@contextmanager
def gateway() -> Iterator[tuple[int, str]]:
    with tempfile.TemporaryDirectory(prefix="taigan-logins-") as name:
        config, port = Path(name) / "gateway.toml", free_port()
        config.write_text(CONFIG.format(folder=name, http_port=port, mqtt_port=free_port()))
        command = [sys.executable, "-m", "gateway"]
        made = subprocess.run(
            [*command, "init", "--config", config], capture_output=True, text=True, check=True
        )
        password = re.findall("admin password: (.*)", made.stdout)[0]
        serving = subprocess.Popen(
            [*command, "serve", "--config", config], stderr=subprocess.DEVNULL
        )
        try:
            ready(f"http://127.0.0.1:{port}")
            yield port, password
        finally:
            serving.terminate()
            serving.wait(20)


def post_session(port: int, username: str, password: str, address: str) -> tuple[int, bytes]:
    """Return what signing in from `address` is answered; a proxy on loopback is believed."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    body = json.dumps({"username": username, "password": password})
    try:
        connection.request("POST", "/api/v1/sessions", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def flood_for(port: int, seconds: float) -> Counter[int]:
    """Return how often each status was answered to all clients."""
    over = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(flood, port, number, over) for number in range(CLIENTS)]
        over.wait(seconds)
        over.set()
    return sum((answer.result() for answer in answers), Counter[int]())


def flood(port: int, number: int, over: threading.Event) -> Counter[int]:
    """Return how often each status was answered."""
    answers = Counter[int]()
    while not over.is_set():
        address = f"192.0.2.{number % ADDRESSES + 10}"
        status, _ = post_session(port, f"nobody-{number}", "wrong password", address)
        answers[status] += 1
        over.wait(1)
    return answers


def read_for(port: int, token: str, seconds: float) -> list[float]:
    """Return how long each read of the lanes took, in ms."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    took, end = [], time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < end:
        began = time.monotonic()
        connection.request("GET", "/api/v1/lanes", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a signed-in user was answered {answer.status}")
        took.append((time.monotonic() - began) * 1000)
        pause.wait(PAUSE_S)
    connection.close()
    return sorted(took)


def show(quiet: list[float], loud: list[float], answers: Counter[int]) -> None:
    ratio = at(loud, 0.99) / at(quiet, 0.99)
    print(f"logins: {CLIENTS} clients from {ADDRESSES} addresses, {MEASURED_S:g} s")
    print(f"{'GET /api/v1/lanes, ms':34}{'p50':>10}{'p99':>10}{'reads':>8}")
    for name, took in (("quiet", quiet), ("during the flood", loud)):
        print(f"{name:34}{at(took, 0.5):>10.1f}{at(took, 0.99):>10.1f}{len(took):>8}")
    print(f"p99 of flood and quiet: {ratio:.2f} times (aim <= {AIM:g});", end=" ")
    print(f"the first version: {MEASURED_ON_THE_FIRST_VERSION}")
    print(f"answers by status: {dict(sorted(answers.items()))}")
    figures = {
        "bench": "logins",
        "quiet_p99_ms": round(at(quiet, 0.99), 1),
        "flood_p99_ms": round(at(loud, 0.99), 1),
        "ratio": round(ratio, 2),
        "logins": sum(answers.values()),
        "hashed": answers[401],
    }
    print(json.dumps(figures))


def at(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(len(took) * share))]
