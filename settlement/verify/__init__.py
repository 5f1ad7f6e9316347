"""`taigan-verify`: checks audit exports offline, by their public description alone.

An island: standard library and `cryptography`, nothing of the programs that wrote the exports.

    reading       an export's lines and their hash chain; keys; JSON without ambiguity
    records       the lanes' signatures, numbers and hash chains; a gateway's tickets; releases
    lanes         what a gateway has registered of them
    arithmetic    the fen that are due
    derived       ids and numbers that follow from a ticket
    rails         what a bank was told, read from its bytes
    settlements   prices, recomputed from the signed records
    journals      what each journal must book
    books         the ledger by itself
    payouts       what left the bank, and what the bank said
    counterparts  gateway and settlement, compared both ways
    heads         signed checkpoints that were kept elsewhere
    anchoring     exports against their list of facts, and the list against those heads
    report        all checks together, and three answers: genuine, complete, good enough to pay
    pack          puts the others into one file to carry

The payout guard shares `arithmetic` and `rails`, so that there is one independent opinion on both.
"""
