"""Notices (通知): what an official of a division should look at, with the page where it is done."""
