"""A stand-in Kubernetes API server: a folder of Lists over TLS, with RBAC and exec for real."""
