"""`taigan-verify`: checks audit exports offline, by their public description alone.

An island: standard library and `cryptography`, nothing of the programs that wrote the exports.

    reading      an export's lines and their hash chain; keys; JSON without ambiguity
    records      the lanes' signatures, numbers and hash chains; a gateway's tickets
    arithmetic   the fen that are due
    rails        what a bank was told, read from its bytes
    settlements  prices, recomputed from the signed records
    books        the ledger, and what left the bank
    report       all checks together
    pack         puts the others into one file to carry

The payout guard shares `arithmetic` and `rails`, so that there is one independent opinion on both.
"""
