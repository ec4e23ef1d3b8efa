"""Social organisations (社会组织): societies, social service institutions, foundations.

Law: 社会团体登记管理条例, 民办非企业单位登记管理暂行条例, 基金会管理条例. Office: civil affairs of the registering level.
"""
