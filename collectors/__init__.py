"""Everything that does I/O: the table of artefacts, the ways in, the parsers."""
