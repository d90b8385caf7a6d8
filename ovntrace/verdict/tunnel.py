"""The end of a tunnel: another node's ingress pipeline has chosen the port already."""

from ovntrace.match import Packet
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.verdict import pipeline
from ovntrace.verdict.conntrack import UNTRACKED, CtState
from ovntrace.verdict.switch import SwitchModel


def out_of_tunnel(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    outport: LogicalSwitchPort,
    packet: Packet,
    *,
    ct_out: CtState,
) -> pipeline.Outcome:
    """The egress part alone (ovn-architecture(7), Architectural Physical Life Cycle of a Packet):
    the last ACL stage and port security of the port that the packet is for."""
    packet = packet.with_fields({"inport": inport.name})
    return pipeline.egress(model, inport, packet, UNTRACKED, ct_out, None, [], (outport,))
