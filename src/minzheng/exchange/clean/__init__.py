"""Clean (清洗): the raw text against the standard, in set-based passes.

Columns of few distinct spellings (codes, dates, amounts, divisions) are cleaned once per distinct spelling by the
kernel's own functions and joined back; columns of many (numbers, names, addresses) by SQL whose verdict agrees with the
kernel's (tested), the kernel giving the reason for each distinct value refused.
"""
