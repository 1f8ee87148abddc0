#!/usr/bin/env python3
"Run every check of the repository, each counted, and close with `N passed, N failed`"
import os, shutil, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import indent

from browser import find_browser

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BROWSED = ('14_explorers',) # Notebooks that open a browser
JOBS = 2 # notebooks at the same time; each gets its share of the cores
ENV = dict(os.environ, OMP_NUM_THREADS=str(max(1, (os.cpu_count() or 2)//JOBS)))

def sh(
    *cmd,     # Command and arguments; a `.py` runs under this Python
    cwd=ROOT, # Folder
)->tuple:     # Whether it worked, and what it printed
    "Run a command"
    cmd = [str(c) for c in cmd]
    if cmd[0].endswith('.py'): cmd[0] = f'tools/{cmd[0]}'; cmd.insert(0, sys.executable)
    elif (BIN/cmd[0]).exists(): cmd[0] = str(BIN/cmd[0])
    r = subprocess.run(cmd, cwd=cwd, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    return r.returncode == 0, r.stdout

def same(
    made:Path,   # Folder that a tool wrote
    here:Path,   # Folder of the repository
    pattern:str, # Files to compare
    say:str,     # What to do about a difference
)->tuple:        # Whether they are equal, and what differs
    "Compare files byte by byte"
    names = sorted({f.relative_to(d) for d in (made, here) for f in d.rglob(pattern) if '/.' not in str(f.relative_to(d.parent))})
    read = lambda f: f.read_bytes() if f.exists() else None
    diff = [f'{here.name}/{n}: {say}' for n in names if read(made/n) != read(here/n)]
    return not diff, '\n'.join(diff)

def scratch(
    run, # Gets a copy of the notebooks and the settings
):
    "Call `run` with a copy of what tools may rewrite, so that a check changes nothing here"
    with tempfile.TemporaryDirectory() as d:
        d = Path(d)
        for p in ('nbs', 'experiments'):
            if (ROOT/p).exists(): shutil.copytree(ROOT/p, d/p, ignore=shutil.ignore_patterns('.*'))
        shutil.copytree(ROOT/'tools', d/'tools')
        for p in ('settings.ini', 'deltav2a/__init__.py'):
            (d/p).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT/p, d/p)
        return run(d)

def clean_nbs(d):
    ok, out = sh('nbdev_clean', cwd=d)
    eq, diff = same(d/'nbs', ROOT/'nbs', '*.ipynb', 'run nbdev_clean')
    return ok and eq, out + diff

def clean_experiments(d):
    if not list((d/'experiments').glob('*.ipynb')): return True, ''
    ok, out = sh('save_outputs.py', '--clear', 'experiments', cwd=d)
    eq, diff = same(d/'experiments', ROOT/'experiments', '*.ipynb', 'run tools/save_outputs.py --clear experiments')
    return ok and eq, out + diff

def in_sync(d):
    ok, out = sh('nbdev_export', cwd=d)
    eq, diff = same(d/'deltav2a', ROOT/'deltav2a', '*.py', 'not what the notebooks make: delete it and run nbdev_export')
    return ok and eq, out + diff

def notebooks()->list: # Notebooks that nbdev_test would run
    "Without those with `_` in front and those in a folder with a file `.notest`"
    return sorted(f.relative_to(ROOT) for d in ('nbs', 'experiments') for f in (ROOT/d).rglob('[!_.]*.ipynb')
                  if not (f.parent/'.notest').exists() and not any(p[0] in '._' for p in f.relative_to(ROOT).parts))

def test_nb(fn):
    ok, out = sh('nbdev_test', '--path', fn)
    if fn.stem in BROWSED and find_browser() and not ok: ok, out = sh('nbdev_test', '--path', fn) # A busy machine may starve a browser once
    if fn.stem in BROWSED and not find_browser(): return 'no Chromium here' in out, 'no Chromium here: not run beyond its first cells; install it with: apt-get install chromium'
    return ok and 'Success.' in out, out # it also returns 0 where it found nothing to run

def main():
    start, results = time.time(), []
    def one(name, fun, *args):
        t = time.time()
        try: ok, out = fun(*args)
        except Exception as e: ok, out = False, f'{type(e).__name__}: {e}'
        results.append(ok)
        print(f'{"PASS" if ok else "FAIL"}  {name}  {time.time() - t:.1f} s' + (indent('\n' + out.rstrip(), '      ') if not ok or out.startswith('no Chromium') else ''), flush=True)
    alone = [('notebooks are clean', scratch, clean_nbs), ('experiments are stored without outputs', scratch, clean_experiments),
             ('package is what the notebooks make', scratch, in_sync), ('no import from a higher number', sh, 'check_order.py'),
             ('cells are short and shown', sh, 'check_style.py'), ('README is what index.ipynb makes', sh, 'readme.py', '--check'),
             ('lint', sh, 'ruff', 'check', '--quiet', '--no-cache'),
             ('deltav2a --help is quick', sh, 'check_imports.py', 'help'), # timed, so nothing runs beside it
             ('explorers work in JupyterLab', sh, 'check_widgets.py')]
    site = [('site builds, its links resolve', sh, 'check_site.py'), ('its pages work in a browser', sh, 'check_pages.py')] # one after the other
    beside = [('imports are light and offline', sh, 'check_imports.py', 'modules'), ('public names are typed and documented', sh, 'check_api.py'),
              ('a study is taken in a browser', sh, 'check_study.py')]
    beside += [(str(n), test_nb, n) for n in notebooks()]
    for c in alone: one(*c)
    with ThreadPoolExecutor(JOBS) as pool: list(pool.map(lambda cs: [one(*c) for c in cs], [site, *([c] for c in beside)]))
    print(f'{time.time() - start:.0f} seconds')
    print(f'{sum(results)} passed, {len(results) - sum(results)} failed')
    sys.exit(not all(results))

if __name__ == '__main__': main()
