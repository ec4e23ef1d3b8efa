"""Marriage registration (婚姻登记).

Law: 民法典 book 5, 婚姻登记条例 (2003; 2025). Office: county civil affairs, since 2025-05-10 any registry.
"""
