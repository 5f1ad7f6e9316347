"""What the slip printer does that is sent commands it has no slip for."""

from simulators.printer import SimulatedPrinter

FEED, CUT = b"\x1bd\x03", b"\x1dVB\x00"


def test_a_knife_without_a_slip_cuts_nothing() -> None:
    printer = SimulatedPrinter()
    printer.receive(CUT)
    assert not printer.slips


def test_without_paper_no_earlier_slip_is_cut() -> None:
    printer = SimulatedPrinter()
    printer.receive(FEED)
    printer.has_paper = False
    printer.receive(FEED + CUT)
    assert [slip.cut for slip in printer.slips] == [False]
