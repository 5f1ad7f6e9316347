"""Every scale protocol the box speaks: one file and one row each."""

from collections.abc import Mapping
from typing import Final

from edge.devices.rows import ProtocolRow, build
from edge.devices.scales.and_standard import AndStandard
from edge.devices.scales.bilanciai import Bilanciai
from edge.devices.scales.cardinal import Cardinal
from edge.devices.scales.cas import Cas22
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.dingsong import Dingsong
from edge.devices.scales.dini_argeo import DiniArgeo
from edge.devices.scales.fairbanks import FairbanksShort
from edge.devices.scales.ff_bcd import FfBcd
from edge.devices.scales.flintec import FlintecFast, FlintecToledo
from edge.devices.scales.generic import GenericText
from edge.devices.scales.modbus import ModbusScale
from edge.devices.scales.modbus_maps import MAPS
from edge.devices.scales.mt_sics import MtSics
from edge.devices.scales.ohaus import Ohaus
from edge.devices.scales.ricelake import RiceLakeOb350, RiceLakeStream
from edge.devices.scales.rinstrum import Rinstrum
from edge.devices.scales.slash import Slash
from edge.devices.scales.sma import Sma
from edge.devices.scales.systec import SystecRn
from edge.devices.scales.toledo import ToledoContinuous
from edge.devices.scales.tscale import TScale
from edge.devices.scales.weightronix import WeighTronix
from edge.devices.scales.yaohua import YaohuaContinuous
from edge.devices.scales.yaohua_a12 import YaohuaA12, YaohuaA12E
from edge.devices.scales.yaohua_command import YaohuaCommand
from edge.devices.scales.yaohua_eq import YaohuaEq

SCALES: Final[Mapping[str, ProtocolRow[ScaleCodec]]] = {
    "yaohua-continuous": ProtocolRow(YaohuaContinuous, lines=("9600 8N1", "1200 8N1")),
    "yaohua-command": ProtocolRow(YaohuaCommand, lines=("9600 8N1", "1200 8N1")),
    "yaohua-eq": ProtocolRow(
        YaohuaEq,
        lines=("9600 8N1", "1200 8N1"),
        variants=({"format": "1"}, {"format": "2"}, {"format": "trailing"}),
    ),
    "yaohua-a12": ProtocolRow(YaohuaA12),
    "yaohua-a12e": ProtocolRow(YaohuaA12E),
    "dingsong": ProtocolRow(
        Dingsong,
        lines=("9600 8N1", "9600 7E1", "4800 8N1"),
        variants=({}, {"request": "A"}, {"request": "C"}),
    ),
    "ff-bcd": ProtocolRow(
        FfBcd, variants=({"layout": "d4"}, {"layout": "d6"}, {"layout": "d6-unit"})
    ),
    "toledo-continuous": ProtocolRow(
        ToledoContinuous,
        lines=("9600 7E1", "4800 7E1", "9600 8N1", "4800 8N1", "2400 7E1", "1200 7E1"),
        variants=({"dummy_zero": "included"}, {"dummy_zero": "append"}),
    ),
    "flintec-fast": ProtocolRow(FlintecFast, lines=("9600 8N1", "19200 8N1", "38400 8N1")),
    "flintec-toledo": ProtocolRow(
        FlintecToledo,
        variants=({"dummy_zero": "included"}, {"dummy_zero": "append"}),
    ),
    "bilanciai": ProtocolRow(Bilanciai, lines=("4800 7E2", "9600 7E2", "9600 8N1")),
    "systec-rn": ProtocolRow(SystecRn),
    "modbus": ProtocolRow(
        ModbusScale,
        lines=("9600 8N1", "19200 8N1", "9600 8E1", "19200 8E1"),
        variants=tuple({"map": name} for name in MAPS),
    ),
    "mt-sics": ProtocolRow(MtSics, variants=({}, {"request": "SI"})),
    "sma": ProtocolRow(Sma),
    "and-standard": ProtocolRow(
        AndStandard,
        lines=("2400 7E1", "2400 8N1", "9600 8N1"),
        variants=({}, {"request": "RW"}),
    ),
    "cas-22": ProtocolRow(Cas22),
    "rinstrum": ProtocolRow(Rinstrum),
    "ricelake-stream": ProtocolRow(RiceLakeStream),
    "ricelake-ob350": ProtocolRow(RiceLakeOb350),
    "dini-argeo": ProtocolRow(DiniArgeo, variants=({}, {"request": "READ"})),
    "fairbanks-short": ProtocolRow(FairbanksShort),
    "cardinal": ProtocolRow(Cardinal, variants=({}, {"request": "ENQ"})),
    "weightronix": ProtocolRow(WeighTronix, variants=({}, {"request": "W"})),
    "ohaus": ProtocolRow(Ohaus),
    "tscale": ProtocolRow(TScale),
    "slash": ProtocolRow(Slash),
    "generic": ProtocolRow(GenericText, variants=()),
}


def scale_decoder(protocol: str, options: Mapping[str, object]) -> ScaleCodec:
    """Make a codec; BadOption names what is wrong with the protocol or an option."""
    return build(SCALES, protocol, options)
