"""A judge beside people: rates weighted by the draw, their intervals, and what they come to in production."""
