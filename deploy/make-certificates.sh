#!/bin/sh
# Makes the certificates of broker, gateway and lanes, and renews them:
#
#   make-certificates.sh FOLDER server mqtt.example 192.0.2.1    broker: the names lanes reach it by
#   make-certificates.sh FOLDER client gateway
#   make-certificates.sh FOLDER client mine/mine-in              each lane: <yard>/<lane>
#   make-certificates.sh FOLDER sign mine/mine-in FILE           a lane whose box made the key
#
# The first call also makes the authority, FOLDER/ca.pem and ca.key; keep ca.key away from the
# network, whoever has it can be any lane for the broker. A repeat renews: the key stays, the
# certificate is new. What a lane box gets is ca.pem and its own files in FOLDER/<yard>.
set -eu
umask 077

CA_DAYS=3650
DAYS=825

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

[ $# -ge 3 ] || usage
folder=$1 kind=$2
shift 2
mkdir -p "$folder"

new_key() {
  [ -s "$1" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

authority() {
  [ ! -s "$folder/ca.pem" ] || return 0
  new_key "$folder/ca.key"
  openssl req -x509 -new -key "$folder/ca.key" -days $CA_DAYS -subj "/CN=Taigan lanes" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$folder/ca.pem"
  chmod 644 "$folder/ca.pem"
}

# issue FILE NAME EXTENSIONS: a name with a slash is escaped, which -subj would read as its end.
issue() {
  mkdir -p "$(dirname "$1")"
  new_key "$1.key"
  request=$(mktemp)
  openssl req -new -key "$1.key" -subj "/CN=$(printf %s "$2" | sed 's,/,\\/,g')" -out "$request"
  certify "$request" "$@"
  rm -f "$request"
}

# certify REQUEST FILE NAME EXTENSIONS
certify() {
  extensions=$(mktemp)
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%b' "$4" >"$extensions"
  said=$(openssl x509 -req -in "$1" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -days $DAYS \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$extensions" -out "$2.pem.new" 2>&1) || {
    echo "$said" >&2
    exit 1
  }
  rm -f "$extensions"
  chmod 644 "$2.pem.new"
  mv "$2.pem.new" "$2.pem"
  echo "$2.pem: $3, for $DAYS days"
}

case $kind in
server)
  names=""
  for name in "$@"; do
    case $name in
    *[!0-9.]*) names="$names,DNS:$name" ;;
    *) names="$names,IP:$name" ;;
    esac
  done
  authority
  issue "$folder/server" "$1" "extendedKeyUsage=serverAuth\nsubjectAltName=${names#,}\n"
  ;;
client)
  [ $# -eq 1 ] || usage
  authority
  issue "$folder/$1" "$1" "extendedKeyUsage=clientAuth\n"
  ;;
sign)
  [ $# -eq 2 ] || usage
  # The name in the certificate is whom the broker believes: it must be the one that was meant.
  subject=$(openssl req -in "$2" -verify -noout -subject -nameopt multiline 2>/dev/null |
    sed -n 's/^ *commonName *= //p')
  [ "$subject" = "$1" ] || {
    echo "$2: no certificate request for $1" >&2
    exit 1
  }
  [ -s "$folder/ca.key" ] || {
    echo "$folder/ca.key: the authority's key is not here: bring it back for this" >&2
    exit 1
  }
  mkdir -p "$(dirname "$folder/$1")"
  certify "$2" "$folder/$1" "$1" "extendedKeyUsage=clientAuth\n"
  ;;
*) usage ;;
esac
