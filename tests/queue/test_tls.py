"""Redis over TLS: every client of ours checks the server's certificate, unless its address says not to."""

import contextlib
import subprocess
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from flask_limiter import Limiter
from redis import Redis

from grader.config import Settings
from grader.errors import SettingsError
from grader.queue.sending import CelerySender
from grader.web.frame import safety
from tests.ports import HOST, reserved
from tests.processes import started
from tests.queue.rig import wait


def _certificates(folder):
    """Make two authorities, and a certificate of the first that holds for an address but not for a name."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ours", "foreign"):
        openssl("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=redis")
    (folder / "names").write_text(f"subjectAltName=IP:{HOST}\n")
    signed = ("-CA", "ours.pem", "-CAkey", "ours.key", "-CAcreateserial", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", *signed)


@pytest.fixture(scope="module")
def port():
    with reserved() as port:
        yield port


@pytest.fixture(scope="module")
def server(tmp_path_factory, port):
    """A Redis that speaks TLS only; gives its port and the folder of the authorities."""
    folder = tmp_path_factory.mktemp("tls")
    _certificates(folder)
    words = ["redis-server", "--port", "0", "--tls-port", port, "--bind", HOST, "--save", "", "--dir", folder]
    words += [
        "--tls-cert-file",
        "server.pem",
        "--tls-key-file",
        "server.key",
        "--tls-ca-cert-file",
        "ours.pem",
    ]
    words += ["--tls-auth-clients", "no"]
    command = ["setpriv", "--pdeathsig", "KILL", *map(str, words)]
    with (folder / "log").open("w") as log, started(command, cwd=folder, stdout=log, stderr=log):
        wait(lambda: "Ready to accept connections" in (folder / "log").read_text(), 180)
        yield port, folder


def _queue_answers(settings):
    with contextlib.closing(CelerySender(settings)) as sender:
        return sender.waiting("interactive.cpu") is not None


def _limiter_answers(settings):
    """Whether what the limiter counts arrives there; it counts elsewhere while it has no Redis."""
    app = Flask("a double")
    app.config.update(safety.options(settings, b"s"))
    key = f"counted-{uuid4()}"
    Limiter(lambda: "somebody", app=app).storage.incr(key, 60)
    port = urlsplit(settings.limiter_url).port
    with Redis.from_url(f"rediss://{HOST}:{port}/0?ssl_cert_reqs=none&ssl_check_hostname=false") as there:
        return bool(there.keys(f"*{key}*"))


CLIENTS = {"queue": _queue_answers, "limiter": _limiter_answers}
CASES = {
    "authority that the machine does not know": (HOST, "", False),
    "authority that is named": (HOST, "ssl_ca_certs={folder}/ours.pem", True),
    "another authority is named": (HOST, "ssl_ca_certs={folder}/foreign.pem", False),
    "certificate of another name": ("localhost", "ssl_ca_certs={folder}/ours.pem", False),
    "name is not to be checked": (
        "localhost",
        "ssl_ca_certs={folder}/ours.pem&ssl_check_hostname=false",
        True,
    ),
    "check is asked for": (HOST, "ssl_cert_reqs=required", False),
    "check is asked for as Celery does": (HOST, "ssl_cert_reqs=CERT_REQUIRED", False),
    "optional check is a check": (HOST, "ssl_cert_reqs=optional", False),
    "check is turned off": (HOST, "ssl_cert_reqs=none", True),
    "check is turned off as Celery does": (HOST, "ssl_cert_reqs=CERT_NONE", True),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("host", "options", "accepted"), CASES.values(), ids=CASES)
def test_certificate_is_checked_unless_the_address_says_not_to(server, client, host, options, accepted):
    port, folder = server
    url = f"rediss://{host}:{port}/0?{options.format(folder=folder)}"
    assert CLIENTS[client](Settings(broker_url=url, limiter_url=url)) is accepted


REFUSED = {
    "value that is none": ("rediss://h/0?ssl_cert_reqs=maybe", "ssl_cert_reqs"),
    "empty value": ("rediss://h/0?ssl_cert_reqs=", "ssl_cert_reqs"),
    "options of TLS without TLS": ("redis://h/0?ssl_ca_certs=/ca.pem", "rediss://"),
    "several addresses, of which one would go unchecked": ("rediss://a/0;rediss://b/0", "one"),
}


@pytest.mark.parametrize(("url", "cure"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["broker", "limiter"])
def test_address_that_is_unclear_about_certificates_is_refused(name, url, cure):
    with pytest.raises(SettingsError) as refused:
        getattr(Settings(broker_url=url, limiter_url=url), name)
    assert refused.value.where == f"{name}_url"
    assert cure in refused.value.cure


def test_password_and_options_of_an_address_are_kept():
    url = "rediss://ada@h:7/2?ssl_ca_certs=/etc/ca%20s.pem"
    complete = "rediss://ada:p%2F@h:7/2?ssl_ca_certs=/etc/ca+s.pem&ssl_cert_reqs=required"
    settings = Settings(broker_url=url, limiter_url=url, redis_password="p/")
    assert (settings.broker, settings.limiter) == (complete, complete)
