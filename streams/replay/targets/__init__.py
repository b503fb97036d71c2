"""What can be made again; `streams.replay.registry` names them."""
