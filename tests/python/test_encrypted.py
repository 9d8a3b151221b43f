"""PostgreSQL over TLS: libpq's OpenSSL and the one within libparquet do not meet."""

import os
import shutil
import subprocess

import pytest
from postgres import Database, Server

import bowyer


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_an_encrypted_connection():
    server = Server()
    try:
        server.stop()
        key, certificate = server.data / "server.key", server.data / "server.crt"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
             "-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )  # fmt: skip
        os.chmod(key, 0o600)
        if server.user:
            for file in (key, certificate):
                os.chown(file, server.user.pw_uid, server.user.pw_gid)
        with open(server.data / "postgresql.conf", "a") as settings:
            settings.write("\nssl = on\n")
        server.start()
        database = Database(server)
        database.psql("create table numbers as select i from generate_series(1, 1000) i")
        numbers = bowyer.read(database.uri(sslmode="require") + "#numbers").to_arrow()
        assert sorted(numbers["i"].to_pylist()) == list(range(1, 1001))
        import hashlib
        import ssl

        assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442") and ssl.create_default_context()
    finally:
        server.remove()
