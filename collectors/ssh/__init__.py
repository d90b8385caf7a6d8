"""Nodes by SSH: the same commands as on the machine itself, in the containers that have them."""

from collectors.ssh.collector import Ssh

__all__ = ["Ssh"]
