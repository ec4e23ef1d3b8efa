"""The desk's views (工作台视图), one file a subject."""
