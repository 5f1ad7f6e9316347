"""What the ticket printer does that is sent commands it has no ticket for."""

from simulators.printer import TicketPrinter

FEED, CUT = b"\x1bd\x03", b"\x1dVB\x00"


def test_a_knife_without_a_ticket_cuts_nothing() -> None:
    printer = TicketPrinter()
    printer.receive(CUT)
    assert not printer.tickets


def test_without_paper_no_earlier_ticket_is_cut() -> None:
    printer = TicketPrinter()
    printer.receive(FEED)
    printer.has_paper = False
    printer.receive(FEED + CUT)
    assert [ticket.cut for ticket in printer.tickets] == [False]
