#!/usr/bin/env python3
"Refuse an import from a later notebook, also inside functions; numbers are unique in a folder"
import ast, os, re, sys
from pathlib import Path

from execnb.nbio import read_nb
from nbdev.config import get_config
from nbdev.doclinks import nbglob

os.chdir(Path(__file__).resolve().parent.parent) # settings.ini is found from here
LIB = get_config().lib_name

NBS = get_config().nbs_path

def place(
    fn:Path, # Notebook
)->tuple:    # Numbers of its folder and of itself; what has none (tutorials, tests) stands behind all that have
    "`nbs/01_core/05_image.ipynb` -> (1, 4)"
    numbers = [re.match(r'(\d+)_', p) for p in fn.relative_to(NBS).parts]
    return tuple(int(m[1]) if m else 99 for m in numbers)

def imports(
    tree:ast.AST, # Parsed cell
)->list:          # For each import from the package, the names of modules that it may mean
    "Imports from `LIB` anywhere in `tree`"
    res = []
    for n in ast.walk(tree):
        if isinstance(n, ast.Import): res += [{a.name} for a in n.names]
        elif isinstance(n, ast.ImportFrom):
            mod = '.'.join(filter(None, [LIB if n.level else '', n.module]))
            res += [{mod, f'{mod}.{a.name}'} for a in n.names]
        elif isinstance(n, ast.Call) and getattr(n.func, 'attr', getattr(n.func, 'id', '')) in ('import_module', '__import__'):
            res += [{a.value} for a in n.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return [s for s in res if any(m.split('.')[0] == LIB for m in s) and s != {LIB}]

def main():
    nbs = [(fn, read_nb(fn)) for fn in nbglob(get_config().nbs_path, as_path=True).sorted() if fn.name != 'index.ipynb']
    bad, home = [], {}
    for fn, nb in nbs:
        m = re.search(r'^#\|\s*default_exp\s+(\S+)', '\n'.join(c.source for c in nb.cells if c.cell_type == 'code'), re.M)
        if not m: continue
        if 99 in place(fn): bad.append(f'{fn.relative_to(NBS)}: makes {LIB}.{m[1]} but has no number')
        if fn.parent.name[3:] != m[1].split('.')[0]: bad.append(f'{fn.relative_to(NBS)}: makes {LIB}.{m[1]}, which is another district')
        if (mod := f'{LIB}.{m[1]}') in home: bad.append(f'{fn.name}: {mod} is also made by {home[mod].name}')
        home[mod] = fn
    taken = {}
    for fn, _ in nbs:
        if 99 not in place(fn) and (other := taken.setdefault((fn.parent, place(fn)), fn)) is not fn:
            bad.append(f'{fn.relative_to(NBS)}: has the number of {other.name}')
    for fn, nb in nbs:
        for c in nb.cells:
            exported = re.search(r'^#\|\s*exports?i?\b', c.source, re.M)
            for names in imports(ast.Module(c.parsed_() or [], [])):
                src = [home[m] for m in names if m in home]
                if not src and all(m.count('.') for m in names): bad.append(f'{fn.name} cell {c.idx_}: no notebook makes {min(names, key=len)}')
                for s in src:
                    if (s != fn and place(s) >= place(fn)) or (s == fn and exported):
                        bad.append(f'{fn.relative_to(NBS)} cell {c.idx_}: imports from {s.relative_to(NBS)}')
    print(*bad, sep='\n', end='\n' if bad else '')
    print(f'{len(nbs)} notebooks, {len(home)} modules, {len(bad)} imports out of order')
    sys.exit(bool(bad))

main()
