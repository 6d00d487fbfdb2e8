"""The demo data is what its script makes, and holds what its README says."""
