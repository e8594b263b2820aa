"""History from elsewhere: files of real communities become members, content, relations and messages.

One module per format reads rows and says who and what they are; :mod:`.writer` puts them into the database,
with the events and counters that live traffic would have left behind. History is not news: no jobs, no
notifications.
"""
