"""What happens while somebody watches: changes of a view, and the row that turned a verdict."""
