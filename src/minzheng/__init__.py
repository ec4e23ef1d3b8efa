"""minzheng: the civil-affairs platform (民政信息平台).

The tree is the architecture. From the top down, an import may only point downward:
web 门 · business 业 · exchange 换 · registry 册 · standards 标 · foundation 台 · kernel 基.
The contracts are checked by machine (``.importlinter``).
"""

__version__ = "0.1.0"
