"""What operators have done to executions: one flow per action, each with its form and its audit entry."""
