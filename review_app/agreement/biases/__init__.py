"""What sways a judge though it should not: length, its own family, format, position."""
