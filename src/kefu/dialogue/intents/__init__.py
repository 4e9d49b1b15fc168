"""Recognising what a customer wants: three steps, cleaning, sentence vectors and a classifier, and a calibrated end."""
