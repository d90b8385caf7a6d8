"""The readers of dumps, one module for each layout; `order` says who is asked first."""
