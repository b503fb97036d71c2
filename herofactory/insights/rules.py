"""The numbers that decide what counts. Changing one changes figures: they are then made again from the observations."""

from __future__ import annotations

SETTLE_S = 3.0
"""A search that is typed on within so long was only on the way to another."""
RELOAD_S = 1800.0
"""The same person's same search, view or click again within so long of the previous one counts once."""
REFORMULATE_S = 300.0
"""A different search in the same visit within so long says that the one before did not help."""
VISIT_S = 1800.0
"""Two items that a person looked at in one visit within so long of each other make a pair."""
PAIRED_ITEMS = 20
"""An item makes pairs with at most so many that were last looked at before it: all pairs would grow with the square."""
FIRST_CLICK_MS = 1_800_000
"""A first click later than this says that somebody came back, not that they searched for so long."""
QUERY_ID_S = 60.0
"""The time in a query's id is at most so far from its search's; clicks find their hour by it."""

LATE_S = 86_400.0
"""What the log took later than this after it happened is left out; simulated events are not. Also how long after a
search its clicks count."""
AHEAD_S = 300.0
"""No clock may be further ahead than this of the log's."""

ROBOT_SEARCHES = 120
"""More settled searches within an hour than this: one every half minute, the whole hour."""
ROBOT_VIEWS = 600
"""More items looked at within an hour than this: one every six seconds."""
STEADY_SEARCHES = 30
STEADY_VARIATION = 0.1
"""At least so many searches whose gaps vary so little (standard deviation over mean), and not one click."""

LOOK_BACK_S = RELOAD_S + SETTLE_S + QUERY_ID_S
LOOK_AHEAD_S = RELOAD_S + SETTLE_S + QUERY_ID_S
"""How far an hour's figures reach into its neighbours. Both are less than an hour."""
