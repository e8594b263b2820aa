"""A synthetic community: people of several zones and languages, and what they did in sixty days.

The same seed and the same date always give the same community. It has the shapes that matter to rankings,
feeds and indexes: Zipf activity, preferential attachment, daily and weekly rhythm in local time.
"""
