"""Carriers: one file for each telephone network that can place our calls."""
