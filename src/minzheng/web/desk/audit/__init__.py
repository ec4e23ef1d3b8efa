"""The audit trail on the desk (审计): who looked at whom, and why; for auditors alone."""
