"""Linkage (身份匹配): who is meant where no number says so. Probabilistic, three-way, one-to-one, by a versioned model."""

from minzheng.registry.linkage.link import link_mentions

__all__ = ["link_mentions"]
