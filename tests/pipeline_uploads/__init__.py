"""Steps that jobs add to their builds."""
