"""Views of the signals pages."""
