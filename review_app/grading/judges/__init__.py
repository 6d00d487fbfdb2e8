"""One criterion asked of one or several models: what is asked, how a reply is read, how sure the model was.

Everything here is pure. What a trace says reaches a model as JSON data between two random marks, and never becomes part
of an instruction; what a model says is read strictly, and a reply that cannot be read stays one that cannot be read.
"""
