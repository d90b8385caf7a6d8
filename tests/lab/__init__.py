"""The lab: real OVN and OVS on this machine, and a stand-in API server in front of it."""
