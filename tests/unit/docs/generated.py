"""Writes the generated parts of the documentation: `python -m tests.unit.docs.generated`."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from inspect import Parameter, signature
from typing import Final, Literal, get_args, get_origin
from uuid import UUID

from edge.devices.cameras import CAMERAS
from edge.devices.displays import DISPLAYS
from edge.devices.readers import READERS
from edge.devices.rows import ProtocolRow
from edge.devices.scales import SCALES
from edge.devices.scales.modbus_maps import MAPS
from edge.lane.effects import Texts
from edge.lane.texts import REASON_TEXTS, STATE_TEXTS
from gateway.records.alarm_kinds import ALARMS, LANE_FAULTS, AlarmKind, AlarmRow
from gateway.records.alarm_words import alarm_words
from gateway.texts import LANGUAGES, Language, reason_text
from gateway.tickets.reasons import OVERRIDABLE, Reason
from settlement.ledger import posting
from settlement.ledger.posting import Journal, JournalKind, Owed
from settlement.messages import ContractTerms, Load
from settlement.price_lines import LINES
from settlement.pricing.price import price_load
from taigan.problem import TYPE_PREFIX, Kind
from tests.unit.docs.diagrams import lane_diagram, payout_diagram, timers
from tests.unit.docs.pages import DOCS, ROOT, file_blocks, pages, with_generated
from tests.unit.docs.routes import Endpoint, gateway_endpoints, settlement_endpoints


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`"


def lane_timers() -> str:
    rows = [
        (code(state), event, code(f"rules.{rule}"), f"{wait_ms / 1000:g} s")
        for state, event, rule, wait_ms in timers()
    ]
    return table(("state", "event", "setting", "default"), rows)


def lane_texts() -> str:
    return text_table("when", STATE_TEXTS)


def lane_reasons() -> str:
    return text_table("reason", REASON_TEXTS)


def text_table(head: str, known: Mapping[str, Texts]) -> str:
    """List the texts that the lane's code names, so that no dead one is promised."""
    sources = [path for path in (ROOT / "edge").rglob("*.py") if path.name != "texts.py"]
    named = "".join(path.read_text() for path in sources)
    shown = {name: text for name, text in known.items() if f'"{name}"' in named}
    rows = [(code(name), text["zh"], text["en"]) for name, text in shown.items()]
    return table((head, "zh", "en"), rows)


def ledger_journals() -> str:
    """Post the worked example through every moment of its life."""
    files = file_blocks(DOCS / "money.md")
    terms = ContractTerms.model_validate_json(files["contract.json"])
    price = price_load(Load.model_validate_json(files["load.json"]), terms)
    owed = Owed(
        payout_id=UUID(int=1),
        generation=1,
        contract_id="C",
        driver_id="D",
        rail="sandbox",
        amount_minor=price.total_minor,
    )
    settled = posting.settled(UUID(int=2), "C", "D", price)
    journals = [posting.deposited(UUID(int=3), "C", "sandbox", 50_000_000), settled]
    journals += [
        posting.reserved(owed),
        posting.paid(owed),
        posting.voided(owed),
        posting.returned(owed),
        posting.paid_after_failure(owed),
        posting.paid_after_return(owed),
    ]
    rows = [_journal_row(journal) for journal in journals if journal is not None]
    if {journal.kind for journal in journals if journal} != set(JournalKind):
        raise ValueError("a kind of journal is missing here")
    return table(("journal", "entries in fen, debit negative"), rows)


def _journal_row(journal: Journal) -> tuple[str, str]:
    entries = [f"`{entry.account}` {entry.amount_minor:+d}" for entry in journal.entries]
    return code(journal.kind), "<br>".join(entries)


def price_lines() -> str:
    rows = [
        (
            code(name),
            code(f"{kind.account}:<contract>"),
            "addition" if kind.sign > 0 else "deduction",
            kind.label["zh"],
            kind.label["en"],
            kind.rule["en"],
        )
        for name, kind in LINES.items()
    ]
    return table(("line", "account", "is a", "zh", "en", "rule"), rows)


def gateway_reasons() -> str:
    rows = [
        (code(reason), text["zh"], text["en"], "yes" if reason in OVERRIDABLE else "no")
        for reason in Reason
        for text in [reason_text(reason)]
    ]
    return table(("reason", "zh", "en", "may be overruled"), rows)


def gateway_alarms() -> str:
    rows = [
        (
            f"[{code(kind)}](what-to-do-when.md#{kind})",
            alarm_words("zh")[kind].title,
            alarm_words("en")[kind].title,
            row.severity,
            row.blocks or "",
            row.actor,
            "by itself" if row.closed_by else "by hand",
        )
        for kind, row in ALARMS.items()
    ]
    head = ("alarm", "zh", "en", "severity", "waits for it", "who", "closes")
    return table(head, rows)


def alarm_pages() -> str:
    """Return a chapter per kind: what it means and what to do, in both languages."""
    return "\n".join(_alarm_chapter(kind, row) for kind, row in ALARMS.items())


def _alarm_chapter(kind: AlarmKind, row: AlarmRow) -> str:
    waits = f", the {row.blocks} waits for it" if row.blocks else ""
    told = "\n\n".join(_alarm_in(kind, language) for language in LANGUAGES)
    return f"### {kind}\n{row.severity}{waits}; for the {row.actor}.\n\n{told}\n"


def _alarm_in(kind: AlarmKind, language: Language) -> str:
    words = alarm_words(language)[kind]
    ends = {
        "zh": f"{words.closes}时自动关闭。" if words.closes else "只能人工关闭。",
        "en": f"Closes by itself when {words.closes}."
        if words.closes
        else "Only a person closes it.",
    }
    return f"**{words.title}**: {words.meaning} {words.todo} {ends[language]}"


def lane_faults() -> str:
    rows = [
        (code(reason), text["zh"], text["en"], todo)
        for reason, todo in LANE_FAULTS.items()
        for text in [reason_text(reason)]
    ]
    return table(("fault", "zh", "en", "what to do"), rows)


def protocols(rows: Mapping[str, ProtocolRow[object]]) -> str:
    """List what a table of protocols can read or drive, in the words of its modules."""
    lines = [
        (code(name), _devices(row.make), _options(row.make), ", ".join(row.lines))
        for name, row in sorted(rows.items())
    ]
    return table(("protocol", "devices", "options (default)", "usual line"), lines)


def _devices(make: Callable[..., object]) -> str:
    """Return the first sentence of the module, without its full stop."""
    text = sys.modules[make.__module__].__doc__ or ""
    return text.partition("\n\n")[0].replace("\n", " ").removesuffix(".")


def _options(make: Callable[..., object]) -> str:
    """Return each option with its choices, and its default in brackets."""
    shown = [_option(name, one) for name, one in signature(make).parameters.items()]
    return ", ".join(shown)


def _option(name: str, one: Parameter) -> str:
    choices = "/".join(str(choice) for choice in _choices(one.annotation))
    shown = str(one.default).lower() if isinstance(one.default, bool) else one.default
    default = "" if shown in {None, ""} else f"({shown})"
    return " ".join(filter(None, (code(name), choices, default)))


def _choices(annotation: object) -> list[object]:
    """Return the values of a Literal, however deep it stands in the annotation."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def modbus_maps() -> str:
    """List the register maps with what each can say."""
    rows = [
        (code(name), ", ".join(one.weights), ", ".join(sorted(one.flags)), one.unit or "")
        for name, one in sorted(MAPS.items())
    ]
    return table(("map", "weights (the first is read)", "says", "unit"), rows)


def endpoint_table(endpoints: list[Endpoint], who: str) -> str:
    rows = [(code(f"{e.method} {e.path}"), e.who, e.summary) for e in endpoints]
    return table(("endpoint", who, "what it does"), rows)


def problems() -> str:
    rows = [(code(TYPE_PREFIX + kind.slug), kind.status, kind.title) for kind in Kind]
    return table(("type", "status", "title"), rows)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "lane-states": lane_diagram,
    "lane-timers": lane_timers,
    "lane-texts": lane_texts,
    "lane-reasons": lane_reasons,
    "scale-protocols": lambda: protocols(SCALES),
    "modbus-maps": modbus_maps,
    "reader-protocols": lambda: protocols(READERS),
    "camera-protocols": lambda: protocols(CAMERAS),
    "display-protocols": lambda: protocols(DISPLAYS),
    "gateway-reasons": gateway_reasons,
    "gateway-alarms": gateway_alarms,
    "alarm-pages": alarm_pages,
    "lane-faults": lane_faults,
    "payout-states": payout_diagram,
    "ledger-journals": ledger_journals,
    "price-lines": price_lines,
    "gateway-endpoints": lambda: endpoint_table(gateway_endpoints(), "lowest role"),
    "problems": problems,
    "settlement-endpoints": lambda: endpoint_table(settlement_endpoints(), "who"),
}


@cache
def texts() -> dict[str, str]:
    """Return every generated part as it should stand in its page."""
    return {name: make() for name, make in PARTS.items()}


def main() -> None:
    """Write all generated parts of all pages."""
    for page in pages():
        old = page.read_text()
        new = with_generated(old, texts())
        if new != old:
            page.write_text(new)


if __name__ == "__main__":
    main()
