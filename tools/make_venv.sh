#!/bin/sh
# Make the virtual environment $1 with Python 3.11 or 3.12, also where Debian's python3-venv is not installed
venv=$1
for p in python3.11 python3.12 python3; do
    if $p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then py=$p; break; fi
done
if [ -z "$py" ]; then echo "DeltaV2A needs Python 3.11 or 3.12. On Debian and Ubuntu: sudo apt install python3.11 python3.11-venv" >&2; exit 1; fi
echo "Making $venv with $($py --version)"
has_pip() { "$venv/bin/python" -m pip --version >/dev/null 2>&1 && test -e "$venv/bin/pip"; }
$py -m venv "$venv" >/dev/null 2>&1; has_pip && exit                        # the usual way
$py -m venv --clear --without-pip "$venv" >/dev/null 2>&1 &&                # no ensurepip: a pip from outside puts one in
    { $py -m pip --python "$venv/bin/python" install -q pip || pip3 --python "$venv/bin/python" install -q pip; } >/dev/null 2>&1; has_pip && exit
{ $py -m virtualenv -q -p "$py" "$venv" || virtualenv -q -p "$py" "$venv"; } >/dev/null 2>&1; has_pip && exit
rm -rf "$venv"
version=$($py -c 'import sys; print("%d.%d" % sys.version_info[:2])')
echo "$py cannot make a virtual environment with pip. On Debian and Ubuntu: sudo apt install python$version-venv" >&2
exit 1
