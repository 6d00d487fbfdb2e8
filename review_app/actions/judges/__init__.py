"""What the judge verbs are made of: a plan of questions, the asking, and the ledger both write in."""
