"""The views of accounts (账号视图), one file a subject."""
