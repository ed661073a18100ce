"""From a student's wrong numbers to the mistake behind them. Pure: values in, values out.

``matching``     whether a hypothesis gives the numbers of one question
``search``       the smallest sets of mistakes that give the numbers of all questions
``deviation``    what can be said where no known mistake does
``conventions``  departures of two functions that make up for each other
``explanation``  what accounts for answers, as a code and values
"""
