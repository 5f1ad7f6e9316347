#!/bin/sh
# Sets up a server, and lets the boxes of its lanes join. As root, with the package's commands:
#
#   taigan-server init https://yard.example 192.0.2.1 …    where people reach the console, and the
#                                                          names by which boxes reach this machine
#   taigan-server lane [--replace] mine-in.request …       writes mine-in.answer, for the box
#   taigan-server renew                                    new certificates for broker and gateway
#
# `init` takes PostgreSQL and Mosquitto with TLS, both of this machine. A repeat changes nothing that
# is there and goes on where the last one was stopped.
set -eu
umask 077

settings=/etc/taigan
authority=$settings/authority
broker=/etc/mosquitto/taigan
gateway_tls=/var/lib/taigan-gateway/tls
port=8883

usage() {
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

die() {
  echo "taigan-server: $*" >&2
  exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die "run it as root"; }

# set_variable PROGRAM NAME VALUE: what a person has set already stays.
set_variable() {
  file=$settings/$1.env
  grep -q "^$2=" "$file" || echo "$2=$3" >>"$file"
}

certify() {
  # shellcheck disable=SC2046
  taigan-certificates $authority server $(cat $authority/names)
  taigan-certificates $authority client gateway
  install -D -m 0600 -o mosquitto -t $broker/tls $authority/ca.pem $authority/server.pem $authority/server.key
  install -D -m 0600 -o taigan-gateway -t $gateway_tls $authority/ca.pem $authority/gateway.pem $authority/gateway.key
}

init() {
  [ $# -ge 2 ] || usage
  case $1 in
  https://*.example | https://*.example/* | http://*) die "$1: https:// and the console's own name" ;;
  https://?*) url=$1 ;;
  *) usage ;;
  esac
  shift
  need_root
  [ -x /usr/sbin/mosquitto ] && command -v psql >/dev/null ||
    die "needs both: apt install mosquitto postgresql"

  (cd / && runuser -u postgres -- psql -q -f /usr/share/taigan-server/postgresql.sql) ||
    die "PostgreSQL does not answer: systemctl status postgresql"
  for program in gateway settlement; do
    set_variable $program TAIGAN_DATABASE__URL postgresql+psycopg:///taigan_$program
  done
  set_variable gateway TAIGAN_HTTP__PUBLIC_URL "$url"
  set_variable gateway TAIGAN_MQTT__BROKER external
  set_variable gateway TAIGAN_MQTT__PORT $port
  set_variable gateway TAIGAN_MQTT__TLS__CA $gateway_tls/ca.pem
  set_variable gateway TAIGAN_MQTT__TLS__CERT $gateway_tls/gateway.pem
  set_variable gateway TAIGAN_MQTT__TLS__KEY $gateway_tls/gateway.key

  install -d -m 0700 $authority
  # The gateway reaches the broker by the last one.
  names="$* 127.0.0.1"
  if [ "$(cat $authority/names 2>/dev/null)" != "$names" ]; then
    echo "$names" >$authority/names
    certify >&2
  fi
  [ -e $broker/listeners.d/tls.conf ] ||
    install -m 0644 $broker/listeners.d/tls.conf.example $broker/listeners.d/tls.conf
  [ -e $broker/passwords ] || install -m 0600 -o mosquitto /dev/null $broker/passwords
  systemctl disable --now mosquitto >&2
  systemctl enable --now taigan-mosquitto >&2
  taigan-gateway init
  taigan-settlement init
}

renew() {
  need_root
  [ -s $authority/names ] || die "no certificates were made here: taigan-server init"
  certify
  systemctl reload taigan-mosquitto
  systemctl try-restart taigan-gateway
}

lane() {
  replace=""
  [ "${1:-}" != --replace ] || { replace=$1; shift; }
  [ $# -ge 1 ] || usage
  for request in "$@"; do
    [ -r "$request" ] || die "$request: cannot be read"
  done
  need_root
  for request in "$@"; do
    join "$request" "${request%.request}.answer"
  done
  for unit in taigan-settlement taigan-settlement-worker; do
    ! systemctl --quiet is-active $unit || systemctl reload $unit
  done
}

# join REQUEST ANSWER: the gateway has read the request and refused a bad one before we do.
join() {
  # shellcheck disable=SC2086
  taigan-gateway lane add $replace - <"$1"
  lane=$(value YARD "$1")/$(value LANE "$1")
  taigan-certificates $authority sign "$lane" "$1" >&2
  believe "$lane" "$(value PUBLIC_KEY "$1")"
  {
    echo "# The server's answer to the box of the lane $lane; no secret is in it."
    echo "LANE=$lane"
    echo "HOST=$(cut -d ' ' -f 1 $authority/names)"
    echo "PORT=$port"
    echo "GATEWAY_PUBLIC_KEY=$(taigan-gateway key)"
    cat "$authority/$lane.pem" $authority/ca.pem
  } >"$2.new"
  chmod 0644 "$2.new"
  mv "$2.new" "$2"
  echo "$2: for the box"
}

value() { sed -n "s/^$1=//p" "$2"; }

# believe LANE KEY: into [guard.lane_keys], which stands at the end of settlement's settings.
believe() {
  file=$settings/settlement.toml
  believed=$(taigan-settlement lanes)
  known=$(echo "$believed" | sed -n "s,^$1\t,,p")
  case $known in
  *"$2"*) return ;;
  ?*) [ -n "$replace" ] || die "$1: the guard believes another box; --replace adds this one" ;;
  esac
  cp -p $file $file.before
  if [ -z "$known" ]; then
    echo "\"$1\" = \"$2\"" >>$file
  else
    sed -i "s|^\"$1\" *= *\[*\([^]]*[^] ]\) *\]*\$|\"$1\" = [\1, \"$2\"]|" $file
  fi
  if taigan-settlement lanes | grep "^$1	" | grep -qF "$2"; then
    rm $file.before
  else
    mv $file.before $file
    die "$file is as it was; write it into [guard.lane_keys] by hand: \"$1\" = \"$2\""
  fi
}

[ $# -ge 1 ] || usage
command=$1
shift
case $command in
init | lane | renew) $command "$@" ;;
*) usage ;;
esac
