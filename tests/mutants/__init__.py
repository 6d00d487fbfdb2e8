"""Sound files and requests, bent at random: whatever comes in, nothing but an answer comes out."""
