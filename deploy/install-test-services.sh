#!/bin/sh
# Installs the real services that the tests run against, only those that are missing:
# Mosquitto, PostgreSQL, Chromium (with a Chinese font), promtool, socat, strace, and what our packages
# are built and tried with, from Debian's packages.
# Nothing is started or enabled: each test session starts private instances of its own.
set -eu

missing=""
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v socat >/dev/null 2>&1 || missing="$missing socat"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$missing fonts-noto-cjk"

[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null 2>&1 || {
  echo "missing:$missing; install them with your system's package manager" >&2
  exit 1
}
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "installing from Debian's packages:$missing" >&2
$as_root apt-get update -qq
# The packaged servers must not start by themselves: policy-rc.d says no for this one run.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod +x "$policy"
  made_policy=yes
fi
status=0
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || status=$?
[ -z "$made_policy" ] || $as_root rm -f "$policy"
exit $status
