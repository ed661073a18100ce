"""What is read of many results: gradebook, class figures, exports, takeout, to-do."""
