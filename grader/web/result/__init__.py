"""Pages of a result: functions, picture, notebooks, judgement."""
