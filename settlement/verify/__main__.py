"""Checks audit exports offline and trusts nothing but the keys that it is given.

    taigan-verify gateway.ndjson settlement.ndjson --keys keys.json

`keys.json` is {"yard/lane": "base64 of the lane's public key"} (or a list of such keys). Each
defect is one line `file:line: what is wrong`. Exit code 0: none, 5: some, 2: wrong usage.
"""

import argparse
import sys
from pathlib import Path

from settlement.verify.reading import Defect, ExportLine, read_export, read_keys
from settlement.verify.report import check_all

FOUND_DEFECTS = 5


def main() -> None:
    """Check the exports named on the command line."""
    summary = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="taigan-verify", description=summary)
    parser.add_argument("exports", nargs="+", type=Path, help="NDJSON audit exports")
    parser.add_argument(
        "--keys", type=Path, required=True, help='{"yard/lane": "key" or ["old key", "new key"]}'
    )
    options = parser.parse_args()
    lines: list[ExportLine] = []
    defects: list[Defect] = []
    try:
        keys = read_keys(options.keys)
        for path in options.exports:
            found, broken = read_export(path)
            lines += found
            defects += broken
    except (OSError, ValueError, AttributeError, TypeError) as error:
        parser.error(str(error))
    defects += check_all(lines, keys)
    for where, what in defects:
        sys.stdout.write(f"{where}: {what}\n")
    sys.stderr.write(f"{len(lines)} lines checked, {len(defects)} defects\n")
    sys.exit(FOUND_DEFECTS if defects else 0)


if __name__ == "__main__":
    main()
