"""Pure rules of the field (基): numbers, codes, money, dates, names, limits.

What belongs here: functions that give the same answer for the same arguments, with no framework, storage,
clock or place behind them. Today's date, workdays and tables of variants are passed in.
"""
