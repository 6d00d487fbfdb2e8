"""People beside people: how far reviewers agree, each reviewer's habits, and what their answers come to."""
