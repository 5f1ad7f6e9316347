"""What real indicators say when all is not well: from their bytes to the lane's faults."""

from collections.abc import Callable

from edge.box.feeds import scale_feed
from edge.devices.scales import scale_decoder
from tests.integration.edge.benches import FRAME_MS, Bench, MakeBench, state_of

Feed = Callable[..., None]


def feed_of(bench: Bench) -> Feed:
    """Return what sends raw lines at ten a second, with photocells that stay clear."""
    scale = bench.settings.scale
    take = scale_feed(scale_decoder(scale.protocol, scale.options), bench.take)

    def feed(line: bytes, count: int) -> None:
        for _ in range(count):
            bench.world.now_ms += FRAME_MS
            bench.inputs()
            take(line, bench.world.now_ms)
            bench.take(None)

    return feed


def scale(protocol: str) -> dict[str, object]:
    return {"source": "/dev/none", "protocol": protocol, "e_kg": 10}


def faults(bench: Bench) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in bench.records() if one.kind == "lane_fault.v1"]


def test_an_empty_deck_at_minus_zero_keeps_the_lane_open(make_bench: MakeBench) -> None:
    bench = make_bench(scale=scale("tscale"))
    feed = feed_of(bench)
    feed(b"ST,GS     0.0kg\n", 20)
    assert state_of(bench) == "idle"
    feed(b"ST,GS-     0.0kg\n", 200)
    assert (state_of(bench), faults(bench)) == ("idle", [])
    bench.card()
    feed(b"ST,GS-     0.0kg\n", 2)
    assert state_of(bench) == "arrived"


def test_overload_takes_the_lane_out_of_service_by_that_name_and_back(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(scale=scale("and-standard"))
    feed = feed_of(bench)
    feed(b"OL,GS,+            \r\n", 140)
    assert (state_of(bench), bench.world.shown[-1]) == ("out_of_service", "超载 暂停服务")
    assert faults(bench) == [("raised", "scale_overload")]
    feed(b"ST,GS,+00000.0kg\r\n", 100)
    assert state_of(bench) == "idle"
    assert faults(bench)[-1] == ("cleared", "scale_overload")


def test_a_stream_finer_than_the_display_is_a_fault_of_that_name(make_bench: MakeBench) -> None:
    bench = make_bench(scale=scale("yaohua-continuous"))
    feed = feed_of(bench)
    feed(b"\x02+00000001B\x03", 20)
    feed(bytes.fromhex("022B30303030383530313603"), 140)
    assert state_of(bench) == "out_of_service"
    assert ("raised", "weight_not_multiple_of_e") in faults(bench)
