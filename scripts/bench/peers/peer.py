"""What every peer does: read its settings, prepare, then time one run for each line it is sent."""
import json
import sys
import time


def serve(prepare):
    """prepare(settings) returns a function that does the work once, and may return a dict to report."""
    run = prepare(json.loads(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        extra = run() or {}
        print(json.dumps({"seconds": time.perf_counter() - start, **extra}), flush=True)
