"""The usual stand-in: Flask on werkzeug's own server, which is what moto serves with. It checks and stores nothing."""

import logging
import sys

from flask import Flask, request

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask(__name__)


@app.get("/voice-connectors/<connector>")
def get_voice_connector(connector):
    return {
        "VoiceConnector": {
            "VoiceConnectorId": connector,
            "AwsRegion": "us-east-1",
            "Name": "trunk",
            "OutboundHostName": connector + ".voiceconnector.chime.aws",
            "RequireEncryption": False,
            "CreatedTimestamp": "2026-01-01T00:00:00.000Z",
            "UpdatedTimestamp": "2026-01-01T00:00:00.000Z",
        }
    }


@app.post("/voice-connectors/<connector>/termination/credentials")
def put_credentials(connector):
    request.get_json()
    return "", 204


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
