"""Signals (业务协同): what follows for one business from what another brought in."""
