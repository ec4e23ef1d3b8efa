"""Funeral affairs (殡葬).

Law: 殡葬管理条例. Office: funeral homes register, county civil affairs supervises. A death that arrives here ends
benefits elsewhere, through the register.
"""
