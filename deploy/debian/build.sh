#!/bin/sh
# Builds taigan-edge and taigan-server for this Debian: make deb writes them to dist/.
#
# Each holds a virtual environment in /opt with the wheels of its lock, so that nothing is fetched
# when it is installed. It is made for the Python that Debian has, and depends on that one.
set -eu
umask 022

here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
dist=$(realpath -m "${DIST:-$root/dist}")
python=${PYTHON:-/usr/bin/python3}
# Good enough to carry, and quick; `dpkg-deb` itself reads these two.
export DPKG_DEB_COMPRESSOR_TYPE="${DPKG_DEB_COMPRESSOR_TYPE:-gzip}"
export DPKG_DEB_COMPRESSOR_LEVEL="${DPKG_DEB_COMPRESSOR_LEVEL:-3}"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/pyproject.toml")

# Files are copied with the mode that they need there, whatever the checkout has.
put() { install -D -m "$1" "$2" "$3"; }

# environment STAGE PREFIX LOCK...: the virtual environment, as if it had been made at PREFIX.
environment() {
  stage=$1 prefix=$2
  shift 2
  "$python" -m venv "$stage$prefix"
  pip="$stage$prefix/bin/python -m pip --disable-pip-version-check install --quiet --no-compile --no-deps"
  for lock in "$@"; do
    $pip --require-hashes -r "$root/requirements/$lock.lock"
  done
  $pip --no-build-isolation "$root"
  "$stage$prefix/bin/python" -m pip --disable-pip-version-check check
  "$stage$prefix/bin/python" -m pip --disable-pip-version-check uninstall --quiet --yes pip
  find "$stage$prefix" -name __pycache__ -prune -exec rm -rf {} +
  find "$stage$prefix" -name direct_url.json -delete # it names this checkout
  grep -rlI "$stage" "$stage$prefix/bin" "$stage$prefix/pyvenv.cfg" | xargs sed -i "s,$stage,,g"
  "$python" -m compileall -q -s "$stage" -p / "$stage$prefix/lib" || true # templates are no Python
}

# pack NAME: what all packages have, then the file itself.
pack() {
  stage=$dist/stage/taigan-$1
  install -d "$stage/DEBIAN"
  for script in postinst prerm postrm; do
    put 755 "$here/$1/$script" "$stage/DEBIAN/$script"
  done
  put 644 "$root/LICENSE" "$stage/usr/share/doc/taigan-$1/copyright"
  put 644 "$root/CHANGELOG.md" "$stage/usr/share/doc/taigan-$1/CHANGELOG.md"
  sed -i "s,/opt/taigan/,/opt/taigan-$1/," "$stage"/lib/systemd/system/*.service
  (cd "$stage" && find etc -type f 2>/dev/null | sed 's,^,/,') >"$stage/DEBIAN/conffiles"
  sed -e "s/@VERSION@/$version/" \
    -e "s/@ARCHITECTURE@/$(dpkg --print-architecture)/" \
    -e "s/@PYTHON@/$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/" \
    -e "s/@SIZE@/$(du -sk "$stage" | cut -f1)/" "$here/$1/control" >"$stage/DEBIAN/control"
  dpkg-deb --root-owner-group --build "$stage" "$dist" >&2
}

edge() {
  stage=$dist/stage/taigan-edge
  environment "$stage" /opt/taigan-edge edge
  put 755 "$here/edge/taigan-edge" "$stage/usr/bin/taigan-edge"
  put 644 "$root/deploy/systemd/taigan-edge@.service" "$stage/lib/systemd/system/taigan-edge@.service"
  put 644 "$root/deploy/lane.example.toml" "$stage/usr/share/taigan-edge/lane.example.toml"
  pack edge
}

server() {
  stage=$dist/stage/taigan-server
  environment "$stage" /opt/taigan-server gateway settlement
  for program in gateway settlement; do
    put 755 "$here/server/taigan-program" "$stage/usr/bin/taigan-$program"
    put 640 "$root/deploy/$program.example.toml" "$stage/etc/taigan/$program.toml"
    put 644 "$root/deploy/systemd/taigan-$program.service" "$stage/lib/systemd/system/taigan-$program.service"
  done
  for unit in taigan-settlement-worker taigan-mosquitto; do
    put 644 "$root/deploy/systemd/$unit.service" "$stage/lib/systemd/system/$unit.service"
  done
  ln -s /opt/taigan-server/bin/taigan-verify "$stage/usr/bin/taigan-verify"
  for file in mosquitto.conf acl listeners.d/loopback.conf listeners.d/tls.conf.example; do
    put 644 "$root/deploy/mosquitto/$file" "$stage/etc/mosquitto/taigan/$file"
  done
  for file in nginx.example.conf postgresql.sql postgresql-rights.sql; do
    put 644 "$root/deploy/$file" "$stage/usr/share/taigan-server/$file"
  done
  put 755 "$root/deploy/make-secrets.sh" "$stage/usr/share/taigan-server/make-secrets.sh"
  put 755 "$root/deploy/make-certificates.sh" "$stage/usr/sbin/taigan-certificates"
  put 755 "$root/deploy/server.sh" "$stage/usr/sbin/taigan-server"
  pack server
}

rm -rf "$dist/stage"
for package in "${@:-edge server}"; do
  for one in $package; do "$one"; done
done
rm -rf "$dist/stage"
