"""The free tool loop: a model looks things up with reading tools, for what neither flows nor knowledge cover."""
