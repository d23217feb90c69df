"""What becomes of builds."""
