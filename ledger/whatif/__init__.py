"""What-if: scenarios, the questions that are asked of them, and how they compare."""
