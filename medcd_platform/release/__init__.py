"""Packs published tables as a versioned release that anybody can verify.

Making the tables belongs into their stations.
"""
