"""`taigan-settlement propose` and `proposal`: what one person proposes and another approves."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from settlement.opening import DEFAULT_CONFIG, ConfigFile, EnvFile, database_of, services_of
from settlement.people_commands import KeyFile, PublicText, open_key
from taigan.terminal import fail

if TYPE_CHECKING:
    from settlement.drafting import Wish

propose_app = typer.Typer(help="Propose what another person approves.", no_args_is_help=True)
proposal_app = typer.Typer(help="What was proposed, and what people say.", no_args_is_help=True)

Why = Annotated[str, typer.Option(help="Shown to whoever decides, and kept.")]
Ids = Annotated[list[str], typer.Argument(help="Of proposals, as `proposal list` shows them.")]


@propose_app.command()
def payee(  # noqa: PLR0913, PLR0917 - a command's options
    driver: Annotated[str, typer.Argument(help="The driver's id at the gateway.")],
    name: Annotated[str, typer.Option(help="The account's holder.")],
    account: Annotated[str, typer.Option()],
    bank_code: Annotated[str, typer.Option()],
    phone: Annotated[str, typer.Option(help="Where a later change is told.")],
    why: Why,
    key: KeyFile,
    proof: Annotated[str, typer.Option(help="What shows whose account it is.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose where a driver is paid; prints the proposal's id."""
    from settlement.drafting import Wish

    entry = {"name": name, "account": account, "bank_code": bank_code}
    wish = Wish("payee", driver, {**entry, "phone": phone, "proof": proof}, why)
    _propose(config, env_file, key, wish)


@propose_app.command()
def contract(
    terms: Annotated[Path, typer.Argument(help="ContractTerms as JSON, as for `price`.")],
    why: Why,
    key: KeyFile,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose the terms of one version of a contract; prints the proposal's id."""
    from settlement.drafting import Wish
    from settlement.messages import ContractTerms
    from settlement.register_forms import contract_subject
    from settlement.strict_json import BadInput, read_form

    try:
        agreed = read_form(terms.read_bytes(), ContractTerms)
    except (BadInput, OSError) as error:
        fail(f"{terms}: {error}")
    wish = Wish("contract", contract_subject(agreed), agreed.model_dump(mode="json"), why)
    _propose(config, env_file, key, wish)


@propose_app.command()
def person(  # noqa: PLR0913, PLR0917 - a command's options
    name: str,
    public: PublicText,
    why: Why,
    key: KeyFile,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose that somebody may sign, or signs with another key; prints the proposal's id."""
    from settlement.drafting import Wish

    after = {"key": {"kind": "ed25519", "public": public}}
    _propose(config, env_file, key, Wish("person", name, after, why))


@propose_app.command()
def end(  # noqa: PLR0913, PLR0917 - a command's options
    kind: Annotated[str, typer.Argument(help="payee or person.")],
    subject: Annotated[str, typer.Argument(help="The driver's id, or the person's name.")],
    why: Why,
    key: KeyFile,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose that a payee is paid no more, or that a person may no longer sign."""
    from settlement.drafting import Wish

    _propose(config, env_file, key, Wish(kind, subject, None, why))


@proposal_app.command("list")
def proposal_list(
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are decided.")] = False,
) -> None:
    """Print what waits for a signature, newest first: id, state, kind, subject, signed, expires."""
    from settlement.approval_sheets import row_of
    from settlement.registers.people import APPROVALS, hearing_of
    from taigan.approvals.cases import Untrue

    with database_of(config, env_file) as database, database.snapshot() as connection:
        hearing = hearing_of(connection, database.now_ms(connection))
        for case in APPROVALS.page(hearing, waiting=not everything, limit=limit):
            said = str(case) if isinstance(case, Untrue) else row_of(case, hearing.now_ms)
            typer.echo(said)


@proposal_app.command()
def show(proposal_id: UUID, config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print what was proposed, what it comes to, and who said what."""
    from settlement.approval_sheets import sheet
    from settlement.registers.people import APPROVALS, hearing_of
    from taigan.approvals.cases import Untrue
    from taigan.approvals.store import NoSuchProposal

    with database_of(config, env_file) as database, database.snapshot() as connection:
        hearing = hearing_of(connection, database.now_ms(connection))
        try:
            case = APPROVALS.find(hearing, proposal_id)
        except (NoSuchProposal, Untrue) as error:
            fail(str(error))
    for line in sheet(case, hearing.now_ms):
        typer.echo(line)


@proposal_app.command()
def approve(
    ids: Ids, why: Why, key: KeyFile, config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Approve what another person, or a program, has proposed. Look at each with `show` first."""
    _decide(config, env_file, key, ids, ("approve", why))


@proposal_app.command()
def refuse(
    ids: Ids, why: Why, key: KeyFile, config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Refuse; also what was approved, until it takes effect."""
    _decide(config, env_file, key, ids, ("refuse", why))


@proposal_app.command()
def withdraw(
    ids: Ids, why: Why, key: KeyFile, config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Withdraw what you proposed yourself."""
    _decide(config, env_file, key, ids, ("withdraw", why))


def _propose(config: Path, env_file: Path | None, key: Path, wish: "Wish") -> None:
    from uuid import uuid4

    from settlement.deciding import propose
    from settlement.drafting import draft
    from taigan.approvals.signatures import key_id, public_key, sign

    with services_of(config, env_file) as services:
        private = open_key(key)
        author = key_id(public_key(private))
        with _refusals():
            text = services.run(lambda tx: draft(tx, uuid4(), author, wish))
            case = services.run(lambda tx: propose(tx, sign(text, private)))
    typer.echo(str(case.proposal.proposal_id))


def _decide(
    config: Path, env_file: Path | None, key: Path, ids: list[str], said: tuple[str, str]
) -> None:
    from functools import partial

    from settlement.approval_sheets import row_of
    from settlement.deciding import decide
    from settlement.drafting import draft_decision
    from taigan.approvals.forms import Verdict
    from taigan.approvals.signatures import key_id, public_key, sign

    verdict, why = Verdict(said[0]), said[1]
    with services_of(config, env_file) as services:
        private = open_key(key)
        author = key_id(public_key(private))
        for one in ids:
            with _refusals(one):
                about = UUID(one)
                words = partial(draft_decision, key_id=author, verdict=verdict, why=why)
                text = services.run(partial(words, proposal_id=about))
                case = services.run(partial(decide, signed=sign(text, private)))
            now_ms = max(heard.at_ms for heard in case.heard)
            typer.echo(row_of(case, now_ms))


@contextmanager
def _refusals(which: str = "") -> Iterator[None]:
    """End the command with what the people's rules say against it."""
    from pydantic import ValidationError

    from taigan.approvals.cases import Untrue
    from taigan.approvals.forms import Refused
    from taigan.approvals.signatures import BadSignature
    from taigan.approvals.states import NotPossible
    from taigan.approvals.store import NoSuchProposal

    prefix = f"{which}: " if which else ""
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fail(f"{prefix}{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (Refused, BadSignature, NotPossible, NoSuchProposal, Untrue, ValueError) as error:
        fail(f"{prefix}{error}")
