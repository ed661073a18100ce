"""What a grading costs, measured against the procedures that courses use today and against a floor."""
