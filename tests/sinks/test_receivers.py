"""Whether what a sink needs is there, known before the run."""

import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from stream_ocr.config import MqttSink, SinkConfig, TlsConfig, WebhookSink
from stream_ocr.errors import ConfigError
from stream_ocr.sinks.receivers import check_sinks


def _complaint(tls: TlsConfig) -> str:
    with pytest.raises(ConfigError) as caught:
        check_sinks([SinkConfig(mqtt=MqttSink(tls=tls))])
    with pytest.raises(ConfigError):
        check_sinks([SinkConfig(webhook=WebhookSink(url="https://127.0.0.1/", tls=tls))])
    return str(caught.value)


def test_files_of_tls_are_looked_at(tmp_path: Path) -> None:
    made = trustme.CA().issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    (tmp_path / "rubbish.pem").write_text("rubbish")
    both, rubbish = str(tmp_path / "both.pem"), str(tmp_path / "rubbish.pem")
    check_sinks([SinkConfig(mqtt=MqttSink(tls=TlsConfig(ca=both, cert=both))), SinkConfig(mqtt=MqttSink())])
    assert _complaint(TlsConfig(ca="none.pem")) == "sinks[0].mqtt.tls.ca: expected a file of PEM, got none.pem"
    assert _complaint(TlsConfig(ca=rubbish)) == f"sinks[0].mqtt.tls.ca: expected certificates in PEM, got {rubbish}"
    said = "sinks[0].mqtt.tls.cert: expected a certificate and its key without a password, in PEM"
    assert _complaint(TlsConfig(cert=rubbish)) == said


WITHOUT_PAHO = """
import sys
from importlib.abc import MetaPathFinder
class Without(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] == "paho":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "paho" else found(name, package)
from stream_ocr.cli.app import status
sys.exit(status(["{command}", "mqtt.yaml"]))
"""


@pytest.mark.parametrize("command", ["check", "run"])
def test_without_the_extra_a_config_with_mqtt_says_what_to_install(tmp_path: Path, command: str) -> None:
    (tmp_path / "mqtt.yaml").write_text("sources: {desk: {uri: 'test:length=1'}}\nsinks: [{mqtt: {}}]\n")
    program = WITHOUT_PAHO.replace("{command}", command)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "stream-ocr: error: sinks[0].mqtt: expected paho-mqtt, which is not there: pip install 'stream-ocr[mqtt]'\n"
    )
