"""A whole Taigan as separate processes on real wires: two yards, gateway, settlement, bank, phone.

`with TaiganSystem(Options(directory)) as system:` starts it and ends it. Tests use it as the demo
does, and kill what they like by name.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from simulators.demo.clients import BankApi, GatewayApi, PhoneApi, SettlementApi
from simulators.demo.deciders import Deciders
from simulators.demo.options import Options
from simulators.demo.plan import (
    Plan,
    gateway_settings,
    lane_settings,
    make_plan,
    settlement_settings,
)
from simulators.demo.programs import Program, ProgramFailed, Supervisor, kill_process
from simulators.demo.seeding import Seeder
from simulators.lane import VisitOutcome
from simulators.trucks import Truck
from simulators.yard import SITES, World

ADMIN: Final = "admin"
BROKER: Final = "broker"
_POLL_S: Final = 0.1
_LANES_S: Final = 60.0

Say = Callable[[str], None]


def _quiet(text: str) -> None:
    del text


class TaiganSystem:
    """Programs, devices and trucks of one simulated operation."""

    def __init__(self, options: Options, say: Say = _quiet) -> None:
        self.plan: Plan = make_plan(options)
        self.world = World(
            self.plan.folder("devices"),
            speed=options.speed,
            haul_speed=options.haul_speed or options.speed,
            seed=options.seed,
            equipment=options.equipment,
        )
        self.gateway = GatewayApi(self.plan.gateway_url)
        self.settlement = SettlementApi(
            self.plan.settlement_url, self.plan.secrets.settlement_token
        )
        self.bank = BankApi(self.plan.bank_url)
        self.phone = PhoneApi(self.plan.phone_url)
        self.deciders = Deciders(self.settlement)
        self.seeder = Seeder(self.gateway, self.settlement, self.bank, self.deciders)
        self.programs = Supervisor(self.plan.folder("logs"))
        self._say = say
        self._pause = threading.Event()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def names(self) -> tuple[str, ...]:
        """Return what `kill` takes."""
        embedded = () if self.plan.options.broker else (BROKER,)
        return (*self.programs.names, *embedded)

    def start(self) -> None:
        """Set up and start everything; return when lanes are ready for the first truck."""
        self._say("plugging in scales, readers, barriers and displays")
        self.world.start()
        self._say("making databases and keys")
        lane_keys = self._set_up()
        self._say("starting bank, phone, settlement and gateway")
        servers = self._servers()
        for program in servers:
            self.programs.start(program)
        for program in servers:
            self.programs.wait_ready(program.name)
        self._say("registering yards, lanes and contracts; wang proposes, zhou approves")
        self.gateway.sign_in(ADMIN, self.plan.secrets.admin_password)
        self.seeder.open_yards(lane_keys)
        self.seeder.sign_contracts()
        self._say("starting the lanes")
        for site in SITES:
            self.programs.start(self._lane_program(site.lane))
        self._wait_for_lanes()

    def stop(self) -> None:
        """End all programs, then pull the devices' plugs."""
        self.programs.stop_all()
        self.world.stop()
        for api in (self.gateway, self.settlement, self.bank, self.phone):
            api.close()

    def kill(self, name: str) -> None:
        """Kill a program as a power cut would; the gateway brings its broker back by itself."""
        if name != BROKER:
            self.programs.kill(name)
            return
        if self.plan.options.broker is not None:
            raise ValueError("the broker is not ours to kill")
        kill_process(int(self.plan.broker_pid_file.read_text(encoding="utf-8")))

    def restart(self, name: str) -> None:
        """Start a killed program again and wait until it is ready."""
        if name != BROKER:
            self.programs.restart(name)

    def drive(self, truck: Truck) -> tuple[str | None, Future[VisitOutcome]]:
        """Register a truck and send it on its trip; return its order's number and its outcome."""
        order_no = self.seeder.register(truck)
        return order_no, self.world.drive(truck)

    def check(self) -> None:
        """Raise if a program or a device has ended by itself."""
        self.programs.check()
        self.world.check()

    def _set_up(self) -> dict[str, str]:
        """Write all settings, make databases and keys; return the lanes' public keys."""
        plan = self.plan
        config = str(plan.write("gateway", gateway_settings(plan)))
        with ThreadPoolExecutor(len(SITES)) as pool:
            ledger_made = pool.submit(self._make_ledger)
            password = {"TAIGAN_ADMIN_PASSWORD": plan.secrets.admin_password}
            self.programs.run("gateway-init", "gateway", ("init", "--config", config), password)
            gateway_key = self.programs.run("gateway-key", "gateway", ("key", "--config", config))
            for site in SITES:
                lane = self.world.lanes[site.lane]
                settings = lane_settings(plan, site, lane, gateway_key.strip())
                plan.write(f"edge-{site.lane}", settings)
            keys = pool.map(self._keygen, [site.lane for site in SITES])
            lane_keys = {f"{s.yard}/{s.lane}": key for s, key in zip(SITES, keys, strict=True)}
            ledger_made.result()
        plan.write("settlement", settlement_settings(plan, lane_keys))
        return lane_keys

    def _make_ledger(self) -> None:
        """Make the settlement's database; which lanes to believe is written when it is known."""
        config = str(self.plan.write("settlement", settlement_settings(self.plan, {})))
        self.programs.run("settlement-init", "settlement", ("init", "--config", config))
        for name, public in self.deciders.public.items():
            words = ("person", "add", name, f"--public={public}", "--config", config)
            self.programs.run(f"settlement-person-{name}", "settlement", words)

    def _keygen(self, lane: str) -> str:
        config = str(self.plan.config_file(f"edge-{lane}"))
        return self.programs.run(f"keygen-{lane}", "edge", ("keygen", "--config", config)).strip()

    def _servers(self) -> list[Program]:
        plan = self.plan
        gateway = ("serve", "--config", str(plan.config_file("gateway")))
        settlement = ("--config", str(plan.config_file("settlement")))
        programs = [
            Program("bank", "simulators", self._bank_arguments(), f"{plan.bank_url}/readyz"),
            Program("phone", "simulators", self._phone_arguments(), f"{plan.phone_url}/readyz"),
            Program(
                "settlement",
                "settlement",
                ("serve", *settlement),
                f"{plan.settlement_url}/readyz",
            ),
            Program("gateway", "gateway", gateway, f"{plan.gateway_url}/readyz"),
        ]
        if plan.has_worker:
            programs.append(Program("settlement-worker", "settlement", ("worker", *settlement)))
        return programs

    def _bank_arguments(self) -> tuple[str, ...]:
        plan = self.plan
        options = {
            "--port": plan.ports.bank.number,
            "--book": plan.folder("data") / "bank.db",
            "--callback-url": f"{plan.settlement_url}/api/v1/callbacks/bank",
            "--callback-secret": plan.secrets.bank_callback,
            "--seed": plan.options.seed,
            "--faults": plan.options.bank_faults,
        }
        return ("bank", *(f"{name}={value}" for name, value in options.items()))

    def _phone_arguments(self) -> tuple[str, ...]:
        plan = self.plan
        inbox = plan.folder("data") / "phone.db"
        token = plan.secrets.sms_token
        return (
            "phone",
            f"--port={plan.ports.phone.number}",
            f"--inbox={inbox}",
            f"--token={token}",
        )

    def _lane_program(self, lane: str) -> Program:
        config = str(self.plan.config_file(f"edge-{lane}"))
        return Program(f"edge-{lane}", "edge", ("run", "--config", config))

    def _wait_for_lanes(self) -> None:
        """Return when each lane box asks its PLC and has written on its display."""
        for site in SITES:
            lane = self.world.lanes[site.lane]
            give_up_s = time.monotonic() + _LANES_S
            while not (lane.plc.asked_times and lane.display.text):
                self.check()
                if time.monotonic() > give_up_s:
                    raise ProgramFailed(f"{site.lane} asks no PLC or says nothing on its display")
                self._pause.wait(_POLL_S)
