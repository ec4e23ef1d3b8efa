"""Rows held back (待核行): staged again from what the source wrote, loaded once someone has said whom they mean.

``staging`` the row cleaned anew, as its batch was · ``loading`` the same road into the register as any chunk ·
``unloading`` what a loaded row wrote is closed and what it closed stands again · ``returning`` back to its source.
"""
