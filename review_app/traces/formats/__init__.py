"""One file per foreign format. Each has `NAME`, `looks_like(glimpse)` and `read(path)`; `readers` lists them."""
