"""The `taigan-sim` commands. Each imports what it needs, so that `--help` stays quick."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Simulated trucks, scales, bank and phone for Taigan.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def bank(  # noqa: PLR0913, PLR0917  each argument is an option of the command
    port: Annotated[int, typer.Option(help="Loopback port to serve on.")],
    book: Annotated[Path, typer.Option(help="SQLite file of the bank's book.")],
    callback_url: Annotated[str, typer.Option(help="Told of every outcome.")],
    callback_secret: Annotated[str, typer.Option(help="whsec_… that signs the callbacks.")],
    seed: Annotated[int, typer.Option(help="The same seed draws the same faults.")] = 1,
    faults: Annotated[
        str, typer.Option(help="`slow=0.2,lost_answer=0.1,…`, or `rough`; see PUT /faults.")
    ] = "",
) -> None:
    """Run the sandbox bank."""
    from simulators.bank.faults import Faults  # noqa: PLC0415
    from simulators.serving import log_to_stderr, serve_bank  # noqa: PLC0415

    log_to_stderr()
    try:
        chosen = Faults.parse(faults)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--faults") from error
    serve_bank(port, book, (callback_url, callback_secret), chosen, seed)


@app.command()
def phone(
    port: Annotated[int, typer.Option(help="Loopback port to serve on.")],
    inbox: Annotated[str, typer.Option(help="SQLite file of the messages.")] = ":memory:",
    token: Annotated[str, typer.Option(help="Bearer token to ask for; any if empty.")] = "",
) -> None:
    """Run the text message provider that the drivers' phones listen to."""
    from simulators.serving import log_to_stderr, serve_phone  # noqa: PLC0415

    log_to_stderr()
    serve_phone(port, inbox, token)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
