"""Checks audit exports offline and trusts nothing but the keys that it is given.

    taigan-verify gateway.ndjson settlement.ndjson --keys keys.json

`keys.json` is {"yard/lane": "base64 of the lane's public key"} (or a list of such keys). Each
defect is one line `file:line: what is wrong`; then three answers, each yes, no or unproven with
what is lacking: genuine, complete, good enough to pay. `--json` says it as one JSON object.

`--anchor` names a head that was kept elsewhere, a document with a head, or a folder of them: what
was removed, put in before it or changed is found and named. `--head-key` names the key that signed
it, `name+hash+key`. `--last` names what the lanes themselves say: {"yard/lane": {"epoch": number}}.

Exit code 0: no defect, 5: not genuine, 6: genuine, and something is missing, 7: genuine and
complete as far as can be seen, and some payment is not explained, 2: wrong usage.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from settlement.verify.heads import read_head_keys, read_kept
from settlement.verify.reading import Data, Defect, ExportLine, Question, read_export, read_keys
from settlement.verify.records import LastNumbers
from settlement.verify.report import Answer, Given, answers, check_all, remarks

EXIT_CODES: Final = {Question.GENUINE: 5, Question.COMPLETE: 6, Question.PAYABLE: 7}


def main() -> None:
    """Check the exports named on the command line."""
    parser = _parser()
    options = parser.parse_args()
    lines: list[ExportLine] = []
    defects: list[Defect] = []
    try:
        keys = read_keys(options.keys)
        head_keys = read_head_keys(options.head_key)
        kept = read_kept(options.anchor, head_keys)
        given = Given(keys, _read_last(options.last), kept, head_keys)
        for path in options.exports:
            found, broken = read_export(path)
            lines += found
            defects += broken
    except (OSError, ValueError, AttributeError, TypeError) as error:
        parser.error(str(error))
    defects += check_all(lines, keys, given)
    answered = answers(lines, defects, kept)
    noted = remarks(lines, kept)
    if options.json:
        sys.stdout.write(json.dumps(_document(lines, defects, answered, noted), indent=2) + "\n")
    else:
        _write(lines, defects, answered, noted)
    sys.exit(next((EXIT_CODES[q] for q in Question if answered[q].verdict == "no"), 0))


def _parser() -> argparse.ArgumentParser:
    summary, _, more = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="taigan-verify",
        description=summary,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("exports", nargs="+", type=Path, help="NDJSON audit exports")
    parser.add_argument(
        "--keys", type=Path, required=True, help='{"yard/lane": "key" or ["old key", "new key"]}'
    )
    parser.add_argument(
        "--anchor", type=Path, action="append", default=[], help="a head, or a folder of them"
    )
    parser.add_argument("--head-key", action="append", default=[], help="name+hash+key, or a file")
    parser.add_argument("--last", type=Path, help="what the lanes say of their last numbers")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser


def _read_last(path: Path | None) -> LastNumbers:
    if path is None:
        return {}
    return {
        (lane, epoch): int(seq)
        for lane, journals in json.loads(path.read_text()).items()
        for epoch, seq in journals.items()
    }


def _write(
    lines: list[ExportLine],
    defects: list[Defect],
    answered: dict[Question, Answer],
    noted: list[str],
) -> None:
    for where, what, _ in defects:
        sys.stdout.write(f"{where}: {what}\n")
    for note in noted:
        sys.stdout.write(f"remark: {note}\n")
    for question, (verdict, reasons) in answered.items():
        why = f": {'; '.join(reasons)}" if reasons else ""
        sys.stdout.write(f"{question}: {verdict}{why}\n")
    sys.stderr.write(f"{len(lines)} lines checked, {len(defects)} defects\n")


def _document(
    lines: list[ExportLine],
    defects: list[Defect],
    answered: dict[Question, Answer],
    noted: list[str],
) -> Data:
    return {
        "lines": len(lines),
        "answers": {
            question.name.lower(): answer._asdict() for question, answer in answered.items()
        },
        "defects": [
            {"where": where, "what": what, "speaks_against": question.name.lower()}
            for where, what, question in defects
        ],
        "remarks": noted,
    }


if __name__ == "__main__":
    main()
