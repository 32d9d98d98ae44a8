"""From boxes in frames to texts in time: association, reading policy, voting, events. Pure; time is passed in."""
