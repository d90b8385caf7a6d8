"""Kubernetes policies and what they became in OVN."""
