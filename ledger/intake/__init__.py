"""Files in: JSON Lines as they are, tables through a column map, each row on its own."""
