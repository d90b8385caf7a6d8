"""What is judged of the ways in: checks, versions, schemas, clocks."""
