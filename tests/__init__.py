"""Tests, one folder per room. They also run from an installed wheel: pytest --pyargs review_app.tests"""
