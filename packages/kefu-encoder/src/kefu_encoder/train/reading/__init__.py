"""Training of the reader: ``python -m kefu_encoder.train.reading``. Needs torch; nothing at run time does."""
