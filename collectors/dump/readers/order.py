"""All readers, the most faithful first: where several know a part, the first one's is taken."""

from collectors.dump.reader import Probe
from collectors.dump.readers import bare, kubevirt, must_gather, nmstate, own, pasted, sosreport

PROBES: tuple[Probe, ...] = (
    own.probe,
    must_gather.probe,
    sosreport.probe,
    bare.probe,
    kubevirt.probe,
    pasted.probe,
    nmstate.probe,
)
