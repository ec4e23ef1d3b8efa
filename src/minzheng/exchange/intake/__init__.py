"""Intake (接入): sources of other systems, each fetched by an adapter on a cycle, brought in by the road every file takes.

``declare`` says what an adapter is; ``adapters/`` beside this folder holds them, one file each. ``places`` keeps them to the
hosts and folders an administrator has allowed; ``shelf`` takes files from a folder, near or far; ``running`` runs one source.
"""
