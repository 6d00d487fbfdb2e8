"""Where a judge misses what people see: slices of the traffic, with error control over the search."""
