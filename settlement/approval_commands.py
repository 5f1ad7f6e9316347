"""`taigan-settlement propose` and `proposal`: what one person proposes and another approves."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from settlement.opening import DEFAULT_CONFIG, ConfigFile, EnvFile
from settlement.people_commands import KeyFile, PublicText, open_key
from taigan.terminal import fail, say

if TYPE_CHECKING:
    from settlement.approval_client import ApprovalClient
    from taigan.approvals.drafting import Wish

propose_app = typer.Typer(help="Propose what another person approves.", no_args_is_help=True)
proposal_app = typer.Typer(help="What was proposed, and what people say.", no_args_is_help=True)

Why = Annotated[str, typer.Option(help="Shown to whoever decides, and kept.")]
Ids = Annotated[list[UUID], typer.Argument(help="Of proposals, as `proposal list` shows them.")]


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
    from taigan.approvals.drafting import Wish

    entry = {"name": name, "account": account, "bank_code": bank_code}
    wish = Wish("payee", driver, {**entry, "phone": phone, "proof": proof}, why)
    _propose(config, env_file, key, wish)


@propose_app.command()
def card(  # noqa: PLR0913, PLR0917 - a command's options
    tag: Annotated[str, typer.Argument(help="The card's number, as a reader says it.")],
    driver: Annotated[str, typer.Option(help="The driver's id at the gateway.")],
    plate: Annotated[str, typer.Option()],
    why: Why,
    key: KeyFile,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose whose card it is, and on which truck; prints the proposal's id."""
    from taigan.approvals.drafting import Wish

    after = {"driver_id": driver, "plate": plate}
    _propose(config, env_file, key, Wish("card", tag, after, why))


@propose_app.command()
def contract(
    terms: Annotated[Path, typer.Argument(help="ContractTerms as JSON, as for `price`.")],
    why: Why,
    key: KeyFile,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose the terms of one version of a contract; prints the proposal's id."""
    from settlement.messages import ContractTerms
    from settlement.register_forms import contract_subject
    from settlement.strict_json import BadInput, read_form
    from taigan.approvals.drafting import Wish

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
    from taigan.approvals.drafting import Wish

    after = {"key": {"kind": "ed25519", "public": public}}
    _propose(config, env_file, key, Wish("person", name, after, why))


@propose_app.command()
def payout(
    payout_id: UUID,
    why: Why,
    key: KeyFile,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Propose that one held payout goes out as its ticket says, whatever the registers say."""
    from taigan.approvals.drafting import Wish

    with _client(config, env_file) as client:
        after = client.suggested("payout", str(payout_id))
        shown = client.propose(Wish("payout", str(payout_id), after, why), open_key(key))
    typer.echo(shown["proposal"]["proposal_id"])


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
    from taigan.approvals.drafting import Wish

    _propose(config, env_file, key, Wish(kind, subject, None, why))


@proposal_app.command("list")
def proposal_list(
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are decided.")] = False,
) -> None:
    """Print what waits for a signature, newest first: id, state, kind, subject, signed, expires."""
    from settlement.approval_sheets import row_of

    with _client(config, env_file) as client:
        for page in client.listed(waiting=not everything):
            for untrue in page["untrue"]:
                say(f"NOT SIGNED BY ANYBODY: {untrue}")
            for shown in page["items"]:
                typer.echo(row_of(shown))


@proposal_app.command()
def show(proposal_id: UUID, config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print what was proposed, what it comes to, and who said what."""
    from settlement.approval_sheets import sheet

    with _client(config, env_file) as client:
        for line in sheet(client.show(proposal_id)):
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
    with _client(config, env_file) as client:
        shown = client.propose(wish, open_key(key))
    typer.echo(shown["proposal"]["proposal_id"])


def _decide(
    config: Path, env_file: Path | None, key: Path, ids: list[UUID], said: tuple[str, str]
) -> None:
    from settlement.approval_sheets import row_of
    from taigan.approvals.forms import Verdict

    verdict, why = Verdict(said[0]), said[1]
    with _client(config, env_file) as client:
        private = open_key(key)
        for proposal_id in ids:
            typer.echo(row_of(client.decide(proposal_id, verdict, why, private)))


@contextmanager
def _client(config: Path, env_file: Path | None) -> Iterator["ApprovalClient"]:
    """Yield a client of the settlement that runs here; end with what it, or a form, refuses."""
    from pydantic import ValidationError

    from settlement.approval_client import ApprovalClient, NotTaken
    from settlement.config import Settings
    from taigan.terminal import read_settings

    settings = read_settings(config, Settings, env_file)
    try:
        with ApprovalClient.of(settings) as client:
            yield client
    except NotTaken as error:
        fail(str(error))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
