"""Requests to the webhook as API Gateway hands them to a function."""
import base64
import time


def webhook(platform, payload=b"", headers=None, method="POST", query="", form=False):
    """An event of an HTTP API, payload format 2.0. A form's body is base64 there, JSON's is text."""
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    route = f"{method} /webhook/{{channel}}"
    now = time.time()
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    text = base64.b64encode(payload).decode() if form else payload.decode()
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": f"/webhook/{platform}",
        "rawQueryString": query,
        "headers": {
            "content-length": str(len(payload)),
            "content-type": kind,
            "host": "abc123defg.execute-api.us-east-1.amazonaws.com",
            "x-forwarded-proto": "https",
            **headers,
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123defg",
            "domainName": "abc123defg.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abc123defg",
            "http": {
                "method": method,
                "path": f"/webhook/{platform}",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "pathParameters": {"channel": platform},
        "isBase64Encoded": form,
    }
    if query:
        event["queryStringParameters"] = dict(pair.split("=", 1) for pair in query.split("&"))
    return event | ({"body": text} if payload else {})
