"""Compares a predicted trace with a measured one: the same actions, by id, on the same devices."""
import json
import sys


def read(path):
    events = [event for event in json.load(open(path))["traceEvents"] if event["ph"] == "X"]
    actions = {(event["tid"], event["args"]["id"]): event["name"] for event in events}
    if len(actions) != len(events):
        sys.exit(f"{path}: an id occurs twice on a device")
    return actions


predicted, measured = read(sys.argv[1]), read(sys.argv[2])
for key in sorted(set(predicted) | set(measured)):
    if predicted.get(key) != measured.get(key):
        sys.exit(f"device {key[0]}, action {key[1]}: predicted {predicted.get(key)}, measured {measured.get(key)}")
print(f"{len(measured)} actions on {len({device for device, _ in measured})} devices agree")
