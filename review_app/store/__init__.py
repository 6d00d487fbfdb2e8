"""The only room that speaks SQL: one text, run through one engine, one file per noun.

An acknowledged write is on disk (`synchronous=FULL`), and every write is one transaction that took the write lock
before it read anything. Bodies (trace texts) stand in a table of their own: no list, count or claim ever touches one.
Ids are made by us and are text, times are whole microseconds (UTC), structured values are JSON as text.
"""
