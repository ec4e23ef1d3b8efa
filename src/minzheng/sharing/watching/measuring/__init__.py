"""Measuring (测量): what the logs of each way say since the last look, by statements over sets; no way is slowed by it."""
