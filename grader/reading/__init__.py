"""What people bring, read: archives, submissions, rosters, other platforms' files, dates as typed."""
