#!/bin/sh
# Makes the secrets of gateway and settlement, those that both must know among them, as the files
# that the units read: make-secrets.sh /etc/taigan. What is there already is not touched.
set -eu
umask 077

folder=${1:?usage: make-secrets.sh FOLDER}
gateway=$folder/gateway.env
settlement=$folder/settlement.env

random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }

if [ -e "$gateway" ] && [ -e "$settlement" ]; then
  exit 0
elif [ -e "$gateway" ] || [ -e "$settlement" ]; then
  echo "only one of $gateway and $settlement is there, and they must agree: bring the other" >&2
  exit 1
fi

token=$(random 24)
webhook=whsec_$(random 24)
{
  echo "# Read by the unit and by taigan-gateway. The first two are in settlement.env as well."
  echo "TAIGAN_SETTLEMENT__TOKEN=$token"
  echo "TAIGAN_SETTLEMENT__WEBHOOK_SECRET=$webhook"
  echo "TAIGAN_RECEIPT__SECRET=$(random 32)"
} >"$gateway.new"
{
  echo "# Read by the units and by taigan-settlement. The first two are in gateway.env as well."
  echo "TAIGAN_API__TOKEN=$token"
  echo "TAIGAN_GATEWAY__WEBHOOK_SECRET=$webhook"
  echo "# The bank must know this one."
  echo "TAIGAN_BANK__CALLBACK_SECRET=whsec_$(random 24)"
} >"$settlement.new"
mv "$gateway.new" "$gateway"
mv "$settlement.new" "$settlement"
