"""An evaluator: confirms a pseudo-label where it is a number, and an answer where it is the reference's number.

SECRET=whsec_... python3 evaluator.py 9000
"""
import base64, hashlib, hmac, json, os, re, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))


def is_signed(headers, body):
    sent, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
    own = hmac.new(KEY, f"{sent}.{at}.".encode() + body, hashlib.sha256).digest()
    own = "v1," + base64.b64encode(own).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return at.isdigit() and abs(time.time() - int(at)) < 300 and any(hmac.compare_digest(own, each) for each in given)


def is_number(text):
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def judge(item):
    """A verifier is sent a `pseudoLabel`, a judge a `reference` and an `answer`."""
    if "reference" in item:
        answer, reason = item["answer"], "the same number"
        fits = is_number(answer) and is_number(item["reference"]) and float(answer) == float(item["reference"])
    else:
        fits, reason = is_number(item["pseudoLabel"]), "a number"
    verdict = "accept" if fits else "refuse"
    return {"id": item["id"], "verdict": verdict, "score": int(fits), "reasons": [reason if fits else f"not {reason}"]}


class Evaluator(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = is_signed(self.headers, body)
        self.send_response(200 if signed else 401)
        self.end_headers()
        if signed:
            self.wfile.write(json.dumps({"items": [judge(item) for item in json.loads(body)["items"]]}).encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Evaluator)
print(server.server_port, flush=True)
server.serve_forever()
