#!/usr/bin/env python3
"Importing a module of ours loads no optional package and touches no network; `deltav2a --help` is quick"
import importlib, os, socket, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ('diffusers', 'transformers', 'peft', 'open_clip', 'laion_clap', 'sam2', 'imagebind', 'lightning', 'pytorch_lightning', 'kornia', 'pedalboard')
SECONDS = 1.0

TRIED = []

def no_network(*args, **kwargs):
    TRIED.append(args[:2]) # a library may swallow the error
    raise OSError('network used at import')

def import_one(
    name:str, # Module
)->int:       # 0, or 1 after a line that says what is wrong
    "Import `name` in this fresh process"
    socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = no_network
    try: importlib.import_module(name)
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
    "`deltav2a --help` answers at once, without torch"
    times, cmd = [], [str(Path(sys.executable).parent/'deltav2a'), '--help']
    for _ in range(3):
        t = time.perf_counter()
        r = subprocess.run(cmd, capture_output=True, text=True, cwd=ROOT)
        times.append(time.perf_counter() - t)
        if r.returncode: print(r.stdout + r.stderr); return True
    code = 'import sys, deltav2a.app.cli; sys.exit("deltav2a.app.cli loads torch" if "torch" in sys.modules else 0)'
    r = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, cwd=ROOT)
    print(f'deltav2a --help: {min(times):.2f} s, best of {len(times)}, at most {SECONDS:g}', r.stderr.strip(), sep='\n')
    return min(times) > SECONDS or r.returncode != 0

if __name__ == '__main__': sys.exit({'modules': check_modules, 'help': check_help}[sys.argv[1]]())
