"""nginx in front of a development stack: the site of `nginx/plaza.conf` with the ports filled in."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from web.runtime.environment import realtime_ports, web_ports
from web.runtime.errors import StartupError
from web.runtime.layout import Layout

_PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")

# One process instead of a master with workers: killing a master leaves its workers on the port, and
# then its successor cannot start. Production runs the distribution's nginx with the same site.
MAIN = """\
daemon off;
master_process off;
pid ${RUN}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
    types {
        text/css css;
        text/javascript js mjs;
        text/plain txt;
        application/json json map;
        application/manifest+json webmanifest;
        image/svg+xml svg;
        image/png png;
        image/jpeg jpg jpeg;
        image/gif gif;
        image/webp webp;
        image/avif avif;
        image/x-icon ico;
        font/woff2 woff2;
        video/mp4 mp4;
        video/webm webm;
        application/vnd.apple.mpegurl m3u8;
        video/mp2t ts;
    }
    default_type application/octet-stream;
    client_body_temp_path ${RUN}/nginx-body;
    proxy_temp_path ${RUN}/nginx-proxy;
    fastcgi_temp_path ${RUN}/nginx-unused;
    uwsgi_temp_path ${RUN}/nginx-unused;
    scgi_temp_path ${RUN}/nginx-unused;
    include plaza.conf;
}
"""


class Nginx:
    """The nginx of this machine and the configuration generated for one stack."""

    def __init__(self, binary: Path, layout: Layout) -> None:
        self.binary = binary
        self._layout = layout
        self._folder = layout.run / "nginx"

    @classmethod
    def find(cls, layout: Layout) -> "Nginx | None":
        """nginx when it is installed; /usr/sbin is not in the PATH of every account."""
        found = shutil.which("nginx") or shutil.which(
            "nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
        )
        return cls(Path(found), layout) if found else None

    def prepare(self, variables: Mapping[str, str]) -> None:
        """Generate the configuration from the template and let nginx check it.

        Raises:
            StartupError: nginx rejects it; the message is nginx's.
        """
        source = self._layout.root / "nginx"
        values = {
            "PLAZA_WEB_SERVERS": _servers(web_ports(variables)),
            "PLAZA_REALTIME_SERVERS": _servers(realtime_ports(variables)),
            **variables,
            "RUN": str(self._layout.run),
            "PLAZA_FRONT_LISTEN": f"127.0.0.1:{variables['PLAZA_FRONT_PORT']}",
            "PLAZA_ACCESS_LOG": "/dev/stdout",
            "PLAZA_STATIC": str(self._layout.root / "web" / "static"),
        }
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(source, self._folder)
        for template in self._folder.rglob("*.conf"):
            template.write_text(render(template.read_text(), values))
        (self._folder / "nginx.conf").write_text(render(MAIN, values))
        result = subprocess.run([*self.command(), "-t", "-q"], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise StartupError(f"nginx rejects its configuration: {result.stderr.strip()}")

    def command(self) -> list[str]:
        """The program and its arguments, in the foreground."""
        return [
            str(self.binary),
            "-p",
            str(self._folder),
            "-c",
            str(self._folder / "nginx.conf"),
            "-e",
            "stderr",
        ]


def _servers(ports: Mapping[str, int]) -> str:
    # A program that fails is asked again after two seconds, the time that it takes to start anew.
    return " ".join(f"server 127.0.0.1:{port} fail_timeout=2s;" for port in ports.values())


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill in `${NAME}` (capitals only, so that nginx's own `$variables` stay), as envsubst does.

    Raises:
        StartupError: a placeholder has no value.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise StartupError(f"nginx template: no value for {name}")
        return values[name]

    return _PLACEHOLDER.sub(value, template)
