"""Digits on any picture, as MNIST would have shown them.

Light and paper are taken off (`ink`), printed lines (`ruling`), what hangs together is found
(`components`) and put together to digits (`grouping`), and each is laid out (`strokes`,
`shared.images`). `finding` is the whole way.
"""
