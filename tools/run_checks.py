#!/usr/bin/env python3
"""Run every check of the repository, each counted, and close with `N passed, N failed`

Every check is a process of its own, forked from this one. On Linux this one has first imported the heavy packages (torch, librosa,
diffusers ...) and has run nothing of them, so that a notebook does not pay for them again; elsewhere, where a fork after such imports is not
safe, a notebook is tested by `nbdev_test` in a fresh process, as it always was."""
import argparse, json, os, shutil, signal, subprocess, sys, tempfile, time
from importlib import import_module
from pathlib import Path
from textwrap import indent

from browser import find_browser

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BROWSED = ('14_explorers',) # Notebooks that open a browser
JOBS = 2 # Checks at the same time; each gets its share of the cores
SHARE = max(1, (os.cpu_count() or 2)//JOBS) # Threads of a check
WARM = sys.platform == 'linux' # Whether children inherit imported packages
PATIENCE = 2400 # Seconds after which a check is killed: twenty times what the longest takes on a quiet machine
TIMES = BIN.parent/'check-times.json' # Seconds of the last run, so that the longest begin first; beside what is installed, out of git's sight
# Before there is a last run, in this order: what is known to take minutes
LONG = ('check_pages', 'check_site', 'check_widgets', '14_explorers', '17_pipeline', '19_cli', '18_edit_command', '15_demo', '13_exchange', 'bad_input', '30_svd', '09_benchmark', '07_image_edits', '12_speed',
        '10_generator', '05_trainer', '18_assemble', '07_sweeps', '06_experiment_runner', '22_edit', '32_region', '20_learned')
# What notebooks import anyway. None of it may run an operation here: a fork does not take threads along
PACKAGES = """numpy scipy.signal scipy.stats torch torch.nn.functional torch.utils.data torchvision torchvision.models.detection torchvision.transforms.v2 librosa librosa.core librosa.feature
    librosa.effects soundfile soxr mir_eval pyloudnorm cv2 PIL.Image skimage.data skimage.feature matplotlib.pyplot matplotlib.figure matplotlib_inline.backend_inline safetensors.torch timm joblib yaml
    pandas diffusers transformers transformers.modeling_utils peft torchaudio kornia lightning.pytorch IPython.core.interactiveshell fastcore.test nbdev.test nbdev.showdoc execnb.shell""".split()

def sh(
    *cmd,     # Command and arguments; a `.py` runs under this Python
    cwd=ROOT, # Folder
)->tuple:     # Whether it worked, and what it printed
    "Run a command"
    cmd = [str(c) for c in cmd]
    if cmd[0].endswith('.py'): cmd[0] = f'tools/{cmd[0]}'; cmd.insert(0, sys.executable)
    elif (BIN/cmd[0]).exists(): cmd[0] = str(BIN/cmd[0])
    r = subprocess.run(cmd, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
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

def fresh(fn): # In a process that starts from nothing
    ok, out = sh('nbdev_test', '--path', fn)
    return ok and 'Success.' in out, out # it also returns 0 where it found nothing to run

def here(fn): # As `nbdev_test` does it, in this process, which a fork has made
    os.environ['OMP_NUM_THREADS'] = str(SHARE)
    import numpy as np, torch
    from nbdev.config import get_config
    from nbdev.test import test_nb
    torch.set_num_threads(SHARE)
    np.random.seed() # as at a start: a fork copies the state
    cfg = get_config()
    os.chdir(cfg.nbs_path)
    sys.argv, sys.path[0] = [str(BIN/'nbdev_test'), '--path', str(fn)], str(BIN) # not tools/: `browser` and `docs` are names of ours
    return test_nb(ROOT/fn, skip_flags=cfg.tst_flags.split(), force_flags=[], basepath=cfg.config_path)[0], ''

def test_nb(fn):
    if fn.stem in BROWSED:
        if not find_browser(): return 'no Chromium here' in fresh(fn)[1], 'no Chromium here: not run beyond its first cells; install it with: apt-get install chromium'
        return next((r for r in map(fresh, (fn, fn)) if r[0]), (False, 'failed twice: ' + fresh(fn)[1])) # A busy machine may starve a browser once
    return here(fn) if WARM else fresh(fn)

def warm()->list: # Threads that a fork would lose
    "Import what notebooks need; without it everything still works, and takes longer"
    os.environ['OMP_NUM_THREADS'] = str(SHARE)
    for p in PACKAGES:
        try: import_module(p)
        except ImportError: pass # an optional package: the notebook will say so
    import gc
    gc.collect()
    gc.freeze() # pages stay shared
    names = [t.joinpath('comm').read_text().strip() for t in Path('/proc/self/task').iterdir()]
    return [n for n in names[1:] if n != 'jemalloc_bg_thd'] # pyarrow's allocator has one, and starts it again after a fork

class Check:
    "A check in a process group of its own; what it says goes to a file"
    def __init__(self, name, fun, *args): self.name, self.fun, self.args = name, fun, args
    def start(self, folder):
        self.log, self.begun, self.late = Path(tempfile.mkstemp(dir=folder)[1]), time.monotonic(), False
        sys.stdout.flush()
        if not (pid := os.fork()): self._run() # does not return
        self.pid = pid
    def _run(self):
        os.setsid()
        for s in (signal.SIGTERM, signal.SIGINT): signal.signal(s, signal.SIG_DFL)
        fd = os.open(self.log, os.O_WRONLY | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for n in (1, 2): os.dup2(fd, n)
        ok = False
        try:
            ok, out = self.fun(*self.args)
            print(out, end='')
        except BaseException as e: print(f'{type(e).__name__}: {e}')
        leave(0 if ok else 1)
    def done(self): # Whether it has ended; `ok`, `out` and `seconds` are known then
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            if time.monotonic() - self.begun > PATIENCE and not self.late: self.late = True; self.kill()
            return False
        self.kill() # what it has left behind
        self.seconds, self.ok = time.monotonic() - self.begun, status == 0
        self.out = self.log.read_text(errors='replace') + (f'\nkilled after {PATIENCE} s' if self.late else f'\nended by signal {status}' if os.WIFSIGNALED(status) else '')
        return True
    def kill(self):
        try: os.killpg(self.pid, signal.SIGKILL)
        except OSError: pass

def leave(code): # The end of a program, without taking apart what the parent had made
    import atexit, threading
    for f in (threading._shutdown, atexit._run_exitfuncs):
        try: f()
        except BaseException as e: print(f'at the end: {type(e).__name__}: {e}')
    try: sys.stdout.flush(); sys.stderr.flush()
    finally: os._exit(code)

def rank(times): # Longest first
    def key(check):
        known = next((i for i, w in enumerate(LONG) if w in check.name or w in str(check.args)), None)
        return -times.get(check.name, 1000 - known if known is not None else 10)
    return key

def run_all(checks, times)->list: # The same, done
    "All checks, `JOBS` at a time, the longest first"
    waiting, running, done = sorted(checks, key=rank(times)), [], []
    folder = tempfile.mkdtemp() # not a TemporaryDirectory: each child would tidy it away at its end
    try:
        while waiting or running:
            while waiting and len(running) < JOBS:
                running.append(waiting.pop(0))
                running[-1].start(folder)
            for c in [c for c in running if c.done()]:
                running.remove(c)
                done.append(c)
                tell = '\n' + c.out.rstrip() if not c.ok or c.out.startswith('no Chromium') else ''
                print(f'{"PASS" if c.ok else "FAIL"}  {c.name}  {c.seconds:.1f} s' + indent(tell, '      '), flush=True)
            time.sleep(.05)
    finally:
        for c in running: c.kill()
        shutil.rmtree(folder, ignore_errors=True)
    return done

def static()->list: # Quick ones, about all files
    return [Check('notebooks are clean', scratch, clean_nbs), Check('experiments are stored without outputs', scratch, clean_experiments),
            Check('package is what the notebooks make', scratch, in_sync), Check('no import from a higher number', sh, 'check_order.py'),
            Check('cells are short and shown', sh, 'check_style.py', '--wide'), Check('README is what index.ipynb makes', sh, 'readme.py', '--check'),
            Check('lint', sh, 'ruff', 'check', '--quiet', '--no-cache'), Check('deltav2a --help loads little', sh, 'check_imports.py', 'help'),
            Check('imports are light and offline', sh, 'check_imports.py', 'modules'), Check('public names are typed and documented', sh, 'check_api.py')]

def site(): # Its pages can be looked at when they are built
    built = sh('check_site.py')
    return built if not built[0] else sh('check_pages.py')

# A quick one of each district: it loads what its neighbours load
SMOKE = ('01_core/06_attributes', '02_encoders/01_tokens', '03_effects/01_processors', '04_audioldm/05_schedulers', '05_edit/09_prior', '06_generate/01_svd_published',
         '07_data/04_splits', '08_training/02_losses', '09_evaluation/01_metrics', '10_app/01_figures')

def list_changed(base)->list: # Notebooks that differ from a commit, new ones too
    git = lambda *a: subprocess.run(['git', *a], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split('\0')
    names = {*git('diff', '--name-only', '-z', '--diff-filter=d', base), *git('ls-files', '--others', '--exclude-standard', '-z')}
    return [n for n in notebooks() if str(n) in names]

def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--quick', action='store_true', help='what `make check` runs: all files looked at, one notebook of each district, and those that changed')
    p.add_argument('--base', default='HEAD', help='with --quick: the commit that changes are counted from')
    p.add_argument('notebooks', nargs='*', type=Path, help='only these notebooks')
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start, times = time.monotonic(), json.loads(TIMES.read_text()) if TIMES.exists() else {}
    os.environ['OMP_NUM_THREADS'] = str(SHARE)
    if a.notebooks: nbs, checks = [f.resolve().relative_to(ROOT) for f in a.notebooks], []
    elif a.quick: nbs, checks = sorted({*(Path(f'nbs/{n}.ipynb') for n in SMOKE), *list_changed(a.base)}), static()
    else:
        nbs, checks = notebooks(), static()
        checks += [Check('site builds, its links resolve, its pages work in a browser (check_site, check_pages)', site), Check('explorers work in JupyterLab', sh, 'check_widgets.py'),
                   Check('a study is taken in a browser', sh, 'check_study.py')]
    global WARM
    if WARM and (threads := warm()):
        WARM = False
        print(f'threads after the imports ({", ".join(threads)}): every notebook starts from nothing')
    done = run_all([*checks, *(Check(str(n), test_nb, n) for n in nbs)], times)
    seconds = {c.name: round(c.seconds, 1) for c in done}
    TIMES.write_text(json.dumps(times | seconds, indent=1))
    print('The slowest:', *(f'{s:7.1f} s  {n}' for n, s in sorted(seconds.items(), key=lambda x: -x[1])[:10]), sep='\n')
    print(f'{time.monotonic() - start:.0f} seconds')
    print(f'{sum(c.ok for c in done)} passed, {sum(not c.ok for c in done)} failed')
    sys.exit(not all(c.ok for c in done))

if __name__ == '__main__': main()
