"""Agent tokens, clustered (`bkct_`) and unclustered (`bkar_`): mint, find, expire, revoke."""
