"""Choose what people look at, so that what they say can be read back onto everything that was eligible.

A trace is drawn by a strategy when `md5(salt:strategy:trace_id)`, as hex text, is below a threshold made from an exact
fraction. Nothing else decides: no order, no generator, no other trace. So a draw can be repeated anywhere, a larger
budget only adds, and the probability with which each trace was drawn is known exactly. This room never sees a text.
"""
