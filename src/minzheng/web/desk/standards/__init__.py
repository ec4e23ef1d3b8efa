"""The standards on the desk (标准规范页面): browse, search, count limits, correct workdays, publish editions.

Everyone logged in may read; editions are the standards officer's, workdays also the administrator's.
"""
