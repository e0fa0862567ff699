"""Trains small reference models and scores predictions; items belong into `benchmark`."""
