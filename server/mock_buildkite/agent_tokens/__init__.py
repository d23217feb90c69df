"""Agent tokens, of clusters (`bkct_`) and of organizations (`bkar_`): mint, find, expire, revoke."""
