"""A live cluster through its API server: lists of objects, and commands by WebSocket exec."""

from collectors.kube.collector import Kube

__all__ = ["Kube"]
