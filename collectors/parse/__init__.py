"""Parsers of artefacts. Total: any bytes in, a value or a Missing out."""
