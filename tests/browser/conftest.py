"""Debian's Chromium against the real server, with lanes that the test moves."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
)

from gateway.live.server import live_server
from settlement.messages import PayoutState
from taigan.witness import lift
from tests.integration.gateway_http.world import (
    LANES,
    PASSWORD,
    World,
    add_alarm,
    add_master_data,
    add_stop,
    add_ticket,
    make_world,
    name_id,
    settlement_of,
)
from tests.services.chromium import chromium

PHONE = {"viewport": {"width": 390, "height": 844}}
TABLET = {"viewport": {"width": 768, "height": 1024}}
DESK = {"viewport": {"width": 1440, "height": 900}}
DISPLAY = {"zh": "停稳 正在称重", "en": "Stop, weighing"}


@dataclass
class Site:
    """A running gateway, and how its lanes are moved."""

    world: World
    url: str

    def lane(self, lane: str, state: str, weight_kg: int, **changed: Any) -> None:
        said = {
            "yard": lane.split("-", maxsplit=1)[0],
            "lane": lane,
            "state": state,
            "weight_kg": weight_kg,
            "stable": True,
            "display": DISPLAY,
            "beams_clear": True,
            "stop_id": None,
            "state_for_s": 3.0,
        }
        self.world.hub.publish("lane", said | changed)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Per module: while it runs, no other test of this thread may run an event loop."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site")) as served:
        fill(served.world)
        yield served


@contextmanager
def serving(directory: Path) -> Iterator[Site]:
    """Run a gateway with two yards in which nothing has happened yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    world = make_world(directory, public_url=url, port=port)
    with world.engine.begin() as connection:
        lift(connection)  # tests put trucks and alarms back to where they were
    add_master_data(world)
    server = live_server(world.app, world.hub, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.05)
    yield Site(world, url)
    server.stop()
    thread.join(10)
    world.engine.dispose()


def fill(world: World) -> None:
    """Add a delivered load that is paid, a held truck, one turned away, an alarm."""
    unloading = name_id("ticket 1 unloading")
    add_ticket(world, "1", "loading", 15_200, 47_800, at_ms=world.clock[0] - 5_000_000)
    settlement = settlement_of(unloading, PayoutState.PAID, at_ms=world.clock[0] + 906_000)
    add_ticket(world, "1", "unloading", 47_700, 15_220, settlement=settlement)
    add_stop(world, "away", "refused", plate=None, reason="card_unknown")
    add_alarm(world, "lane_fault", subject="scale", detail="scale_silent")
    add_stop(
        world,
        "held",
        "held",
        lane_id="mine-out",
        plate_read="蒙K12348",
        reason="overweight",
        weighing_event_id=name_id("weighing"),
        weighing_action="hold",
        weight_kg=51_240,
        weighed_ms=world.clock[0],
    )


class Lanes:
    """Lanes that speak twice a second, as a lane box does, until they are silenced."""

    def __init__(self, site: Site, states: dict[str, dict[str, Any]]) -> None:
        self.states = states
        self._site = site
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._speak)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _speak(self) -> None:
        while not self._ended.wait(0.4):
            for lane, said in list(self.states.items()):
                told: dict[str, Any] = {"state": "idle", "weight_kg": 0, **said}
                self._site.lane(lane, **told)


def all_idle() -> dict[str, dict[str, Any]]:
    return {lane: {} for _, lane in LANES}


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Return what opens a page; in the end it has asked no other host and complained of nothing.

    `prepare` gets the page before it opens; with it, the browser may complain of failed requests.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(
        path: str,
        *,
        user: str | None = None,
        prepare: Callable[[Page], None] | None = None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(**{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        watch(page, site, complaints, may_fail=prepare is not None)
        if user is not None:
            sign_in(context, site, user)
        if prepare is not None:
            prepare(page)
        page.goto(site.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def watch(page: Page, site: Site, complaints: list[str], *, may_fail: bool = False) -> None:
    """Note every request to another host, every script error and every message of the console."""

    def asked(request: Request) -> None:
        if not request.url.startswith(site.url):
            complaints.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if may_fail and message.text.startswith("Failed to load resource"):
            return
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def failed(error: Error) -> None:
        complaints.append(str(error))

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", failed)


def sign_in(context: BrowserContext, site: Site, user: str) -> None:
    answer = context.request.post(
        f"{site.url}/api/v1/sessions", data={"username": user, "password": PASSWORD}
    )
    assert answer.status == 201
