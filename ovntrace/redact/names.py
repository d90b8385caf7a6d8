"""Stand-ins for names, and where in a text names are.

OVN-Kubernetes builds its own names of them (`llm.demo.localnet.cnv_llm-demo_tinypod`), so a name is
looked for between separators, the longest first, also with its `-` and `/` written as `.`
(GetUserDefinedNetworkPrefix). A stand-in has letters and digits only, which no such rewriting
changes.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ovntrace.policy.naming import hash_for_ovn
from ovntrace.view.vmi import network_hash

# A name's characters. A `/` joins two names (namespace and name), and is in neither.
RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEPARATORS = re.compile(r"([._-]+)")
_OVN_HASH = re.compile(r"a\d{10,20}")
_KUBEVIRT_FORMS = ("{}", "pod{}", "tap{}")
_MAX_ATOMS = 40  # of one name: 253 characters are its limit, and a longer run is taken in pieces
_DIGITS = 8  # 40 bits: two of 10,000 names share them once in 20,000 dumps, and then get more

# Words of OVN, OVS and Kubernetes in values, where a cluster's own names stand too. A name that is
# one of them can't be told from them, and tells nothing.
_WORDS = """
    a action address addresses all allow allow-hairpinning allow-related allow-stateless
    allowhostarpprimaryudn allowhostprimaryudn anp any api apis app arp as attached_mac banp bond
    bond0 br br-ex br-ext br-int bridge chassis cluster clusterportgroup clusterrtrportgroup cnv
    compute container controller ct daemonset default default-network-controller deny
    denyprimaryudn dhcpv4 dhcpv6 dnat dns drop dummy ef egress egressdefaultdeny
    egressip-served-pods egresssvc-served-pods encap eth eth0 ether events exec ext external false
    from geneve get gr gre http https icmp icmp4 icmp6 id iface-id in ingress ingressdefaultdeny
    internal io ip ip4 ip6 ipv4 ipv6 is join json jtor-ovn kube kubectl kubernetes kubernetes.io
    kubevirt kubevirt.io l2 l3 layer2 layer3 link linux list lnm lns lo load local localhost
    localnet localport log ls master match ml mtu multi-networkpolicies multi-networkpolicy name
    namespaces nat nb nbdb nd net net1 net2 net3 net4 netpol network network-attachment-definition
    network-attachment-definitions networkpolicies networkpolicy next no node node-ips nodes none
    not-ready np null object ofport one openshift openshift.io out output ovn ovn-controller
    ovn-k8s ovn-k8s-mp0 ovn-kubernetes ovn-nbctl ovn-sbctl ovn.org ovnkube ovnkube-controller
    ovnkube-node ovs ovs-appctl ovs-vsctl ovs-vswitchd ovsdb ovsdb-server pass patch physnet pod
    pods policy port primary priority provnet rarp reg reject remote router sb sbdb sctp secondary
    secondarypods service set snat src ssl stateless status svc svc.cluster.local switch system
    table tap tcp tier timeout to transit true tun two type udn-enabled-svc-cluster-ips udp unix
    unknown unreachable up user uuid v1 v1beta1 v2 verdict version veth virt-api virt-controller
    virt-handler virt-launcher virtual virtualmachineinstances virtualmachines vlan vm vmi vni
    vxlan worker yes zero
"""
WORDS: Final = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Name:
    """An original name. `kind` begins its stand-in, so that a reader knows what it was."""

    text: str
    kind: str


class NameStandIns:
    """Stand-ins of a set of names under one key."""

    def __init__(
        self,
        key: bytes,
        names: Iterable[Name],
        words: Iterable[str] = (),
        made: Mapping[str, str] | None = None,
    ) -> None:
        """`words` stay as they are, beside WORDS. `made` are names that others are hashed to, with
        what each was made of: its stand-in is made of that one's stand-in."""
        self._key = key
        self._words = known = {word.lower() for word in words} | WORDS
        self._by_text: dict[str, str] = {}
        self._kept: dict[str, None] = {}
        taken: set[str] = set()
        names = list(names)
        rewritten = {_rewritten(name.text) for name in names if _rewritten(name.text) != name.text}
        for name in names:
            if name.kind == "name" and name.text in rewritten:
                continue  # found in a row that OVN-Kubernetes named: it is that other name
            if len(name.text) < 2 or name.text.isdigit() or name.text.lower() in known:
                self._kept[name.text] = None
            elif name.text not in self._by_text:
                self._add(name, taken)
        # After all exact ones: it is lossy, and may be another name's own text.
        for text, stand_in in list(self._by_text.items()):
            self._by_text.setdefault(_rewritten(text), stand_in)
            self._by_text.setdefault(text.lower(), stand_in)
        for hashed, stand_in in self._of_made(made or {}).items():
            self._by_text.setdefault(hashed, stand_in)

    def _of_made(self, made: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for hashed, origin in made.items():
            stand_in = RUN.sub(lambda match: self.run(match[0]), origin)
            if hashed == hash_for_ovn(origin):
                found[hashed] = hash_for_ovn(stand_in)
            else:  # KubeVirt's, of a network's name
                old, new = network_hash(origin), network_hash(stand_in)
                found.update({form.format(old): form.format(new) for form in _KUBEVIRT_FORMS})
        return found

    def _add(self, name: Name, taken: set[str]) -> None:
        length = _DIGITS
        digest = hmac.digest(self._key, b"name" + name.text.encode("utf-8", "replace"), "sha256")
        digits = base64.b32encode(digest).decode().rstrip("=").lower()
        while (stand_in := name.kind + digits[:length]) in taken:
            length += 1
        taken.add(stand_in)
        self._by_text[name.text] = stand_in

    @property
    def table(self) -> Mapping[str, str]:
        """Original to stand-in."""
        return self._by_text

    @property
    def kept(self) -> tuple[str, ...]:
        """Names that stay, since they are words, numbers or single letters."""
        return tuple(self._kept)

    def run(self, text: str) -> str:
        """A run of a name's characters with the names in it replaced."""
        whole = self._by_text.get(text)
        if whole is not None:
            return whole
        pieces = _SEPARATORS.split(text)  # atoms at even places, what parts them at odd ones
        out: list[str] = []
        at = 0
        while at < len(pieces):
            end, stand_in = self._longest(pieces, at)
            out.append(pieces[at] if stand_in is None else stand_in)
            at = end
            if at < len(pieces):
                out.append(pieces[at])
                at += 1
        return "".join(out)

    def _longest(self, pieces: list[str], at: int) -> tuple[int, str | None]:
        """The end of the longest name that begins at an atom, and its stand-in."""
        last = min(len(pieces), at + 2 * _MAX_ATOMS)
        for end in range(last - (last - at + 1) % 2, at, -2):
            candidate = "".join(pieces[at:end])
            if candidate.lower() in self._words:
                return end, candidate
            stand_in = self._by_text.get(candidate) or self._by_text.get(candidate.lower())
            if stand_in is not None:
                return end, stand_in
        return at + 1, self._opaque(pieces[at])

    def _opaque(self, atom: str) -> str | None:
        """The stand-in of a hash of which nobody knows what it was made of."""
        if _OVN_HASH.fullmatch(atom) is None:
            return None
        digest = hmac.digest(self._key, b"hash" + atom.encode(), "sha256")
        return f"a{int.from_bytes(digest[:8])}"


def _rewritten(name: str) -> str:
    """A name as it stands in names that OVN-Kubernetes makes."""
    return name.replace("-", ".").replace("/", ".")
