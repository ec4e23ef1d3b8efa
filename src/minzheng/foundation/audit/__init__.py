"""The audit trail (审计): who did what to what, and why; it only grows."""
