"""A small shop whose functions call one of themselves alike, and no model: counts alone decide what is offered."""

SHOP = """
    #- pyproject.toml
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices, tax):
        return sum(prices, start=tax)


    def first(prices, tax):
        return total(prices, tax)


    def second(prices, tax):
        return total(prices, tax)


    def third(prices, tax):
        return total(prices, tax)
"""
COUNTS = {"completion": {"model": "no-such-model"}}
"""Settings: the model is left out, so that what is offered does not depend on weights."""
