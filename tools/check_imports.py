#!/usr/bin/env python3
"Importing a module of ours loads no optional package and touches no network; `deltav2a --help` loads little"
import importlib, os, socket, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ('diffusers', 'transformers', 'peft', 'open_clip', 'laion_clap', 'imagebind', 'lightning', 'pytorch_lightning', 'kornia', 'timm', 'pedalboard', 'statsmodels', 'av')
MORE = 60 # Modules that `deltav2a --help` may load beside those of typer

TRIED = []

def no_network(*args, **kwargs):
    TRIED.append(args[:2]) # a library may swallow the error
    raise OSError('network used at import')

def import_one(
    name:str, # Module
)->int:       # 0, or 1 after a line that says what is wrong
    "Import `name` in this fresh process"
    socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = no_network
    try:
        module = importlib.import_module(name)
        for n in getattr(module, '__all__', ()): getattr(module, n) # also the lazy ones of the package itself
    except Exception as e: print(f'{name}: {type(e).__name__}: {e}', flush=True); return 1
    found = [h for h in HEAVY if h in sys.modules]
    if found: print(f'{name}: loads {", ".join(found)}', flush=True)
    if TRIED: print(f'{name}: uses the network: {TRIED}', flush=True)
    return bool(found or TRIED)

def check_modules()->bool: # Whether one is at fault
    "Each module in a process of its own, forked from one that has only the torch of the requirements"
    sys.path.insert(0, str(ROOT))
    files = (f.relative_to(ROOT).with_suffix('') for f in (ROOT/'deltav2a').rglob('*.py'))
    mods = ['deltav2a'] + sorted('.'.join(f.parts) for f in files if f.name[0] != '_')
    try: import torch # noqa: F401
    except ImportError: pass
    assert not any(h in sys.modules for h in HEAVY)
    bad = 0
    for m in mods:
        pid = os.fork()
        if not pid: os._exit(import_one(m))
        bad += os.waitpid(pid, 0)[1] != 0
    print(f'{len(mods)} modules, {bad} at fault')
    return bad > 0

def check_help()->bool: # Whether it fails
    "`deltav2a --help` loads little: neither torch nor numpy, and few modules besides typer's; a count does not hang on the machine's load"
    ours = 'import sys, deltav2a.app.cli as c; code = c.main(["--help"]); print(*sys.modules, file=sys.stderr); sys.exit(code)'
    run = lambda code: subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, cwd=ROOT)
    r, bare = run(ours), run('import sys, typer; print(*sys.modules, file=sys.stderr)')
    if r.returncode or 'Usage: deltav2a' not in r.stdout: print(r.stdout + r.stderr); return True
    loaded, base = set(r.stderr.split()), set(bare.stderr.split())
    slow, more = sorted(loaded & {'torch', 'numpy', 'scipy', 'PIL', 'fastcore', *HEAVY}), loaded - base
    print(f'deltav2a --help: {len(loaded)} modules, {len(more)} beside those of typer (at most {MORE})' + (f'; loads {", ".join(slow)}' if slow else ''))
    return bool(slow) or len(more) > MORE

if __name__ == '__main__': sys.exit({'modules': check_modules, 'help': check_help}[sys.argv[1]]())
