"""Who may see and do what (权限): the scope every listing takes, and the rule every view carries.

``scope``      how far a user sees: division subtree × data level × businesses
``rules``      the marks a view carries: public, authenticated, requires
``middleware`` refuses a view that carries none
"""
