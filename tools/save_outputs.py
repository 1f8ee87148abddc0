#!/usr/bin/env python3
"Run notebooks in place and keep their outputs, so that a second run changes no byte"
import argparse, base64, io, os, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# One thread, one hash seed, one terminal: what a cell shows must not depend on the machine
ENV = dict(IN_TEST='1', OMP_NUM_THREADS='1', MKL_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1', NUMBA_NUM_THREADS='1',
           PYTHONHASHSEED='0', TZ='UTC', COLUMNS='100', TERM='dumb', NO_COLOR='1', TQDM_DISABLE='1')
FIGURES = "set_matplotlib_formats('png', dpi=90, metadata={'Software': None})" # no matplotlib version in the file

def small_png(
    b64:str, # PNG picture, base64
)->str:      # The same, in 256 colours where it was large (photographs)
    "A notebook may have 300 kB"
    from PIL import Image
    if len(b64) < 50_000: return b64
    buf = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(b64))).convert('RGB').quantize(256).save(buf, 'PNG', optimize=True)
    return min(b64, base64.b64encode(buf.getvalue()).decode(), key=len)

def execute(
    fn:Path, # Notebook
)->dict:     # The notebook with fresh outputs; cells that nbdev_test skips keep theirs
    "Run `fn` by the rules of `nbdev_test`, in its own folder"
    from execnb.shell import CaptureShell
    from fastcore.basics import str2bool
    from fastcore.xtras import working_directory
    from nbdev.config import get_config
    from nbdev.frontmatter import FrontmatterProc
    from nbdev.process import NBProcessor
    nb, flags = NBProcessor(fn, rm_directives=False).nb, set(get_config().tst_flags.split())
    front = getattr(NBProcessor(fn, FrontmatterProc, process=True).nb, 'frontmatter_', {})
    if str2bool(front.get('skip_exec', False)): return nb

    def skip(cell):
        if cell.cell_type != 'code' or 'nbdev_export(' in cell.source: return True
        d = cell.directives_ or {}
        if d.get('eval:', [''])[0].lower() == 'false' or flags & d.keys(): return True
        cell.outputs = []

    def tidy(cell): # progress bars and warnings are for the terminal, not for the page
        for o in cell.outputs:
            if 'image/png' in (d := o.get('data', {})): d['image/png'] = small_png(d['image/png'].strip())
            if o.get('name') == 'stderr': print(f'{fn.name} cell {cell.idx_}, stderr not kept:', *o.text, sep='\n  ', file=sys.stderr)
        cell.outputs = [o for o in cell.outputs if o.get('name') != 'stderr']

    sys.path.insert(0, str(ROOT))
    shell = CaptureShell(fn, mpl_format='png')
    shell.run(FIGURES)
    try:
        with working_directory(fn.parent): shell.run_all(nb, exc_stop=True, preproc=skip, postproc=tidy)
    except Exception as e:
        cell = nb.cells[shell._cell_idx - 1]
        raise SystemExit(f'{fn}: cell {cell.idx_} failed; nothing written\n\n{cell.source}\n\n{shell.prettytb(fn)}') from e
    return nb

def save(
    fn:Path,    # Notebook
    clear:bool, # Drop the outputs instead of making them
    check:bool, # Only say whether the file would change
)->tuple:       # Whether the file changed, and what to tell
    "Write `fn` with fresh outputs, or none, as `nbdev_clean` leaves it"
    from execnb.nbio import read_nb, write_nb
    from nbdev.clean import nbdev_clean
    os.chdir(ROOT)
    try: nb = read_nb(fn) if clear else execute(fn)
    except SystemExit as e: return None, str(e)
    if clear:
        for c in nb.cells:
            if c.cell_type == 'code': c.outputs = []
    with tempfile.TemporaryDirectory(prefix='.save_outputs', dir=fn.parent) as d: # beside it, so that the rename is atomic
        new = Path(d)/fn.name
        write_nb(nb, new)
        nbdev_clean(str(new))
        changed = new.read_bytes() != fn.read_bytes()
        if changed and not check: new.replace(fn)
    return changed, f'{fn.relative_to(ROOT)}: ' + ('unchanged' if not changed else 'would change' if check else 'written')

def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('notebooks', nargs='+', type=Path, help='notebooks, or folders of them')
    p.add_argument('--clear', action='store_true', help='drop all outputs (experiments are stored without)')
    p.add_argument('--check', action='store_true', help='write nothing; exit 1 if a file would change')
    p.add_argument('--jobs', type=int, default=2, help='notebooks run at the same time')
    a = p.parse_args()
    os.environ.update(ENV)
    nbs = [f.resolve() for n in a.notebooks for f in (sorted(n.rglob('[!_.]*.ipynb')) if n.is_dir() else [n])]
    bad = 0
    with ProcessPoolExecutor(a.jobs, mp_context=get_context('spawn'), max_tasks_per_child=1) as pool:
        for changed, text in pool.map(save, nbs, [a.clear]*len(nbs), [a.check]*len(nbs)):
            print(text, flush=True)
            bad += changed is None or (a.check and changed)
    sys.exit(bool(bad))

if __name__ == '__main__': main()
