"""ovntrace: say hop by hop how a pod or VM is plugged into OVN, and what is broken on the way."""

__version__ = "0.1.0"
