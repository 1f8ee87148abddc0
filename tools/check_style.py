#!/usr/bin/env python3
"Hold the notebooks to the house style: short cells, an example after each definition, a title, small files"
import ast, os, re, sys
from pathlib import Path
from statistics import median, quantiles

from nbdev.config import get_config
from nbdev.doclinks import nbglob
from nbdev.process import NBProcessor

os.chdir(Path(__file__).resolve().parent.parent)

MEDIAN, P90, MOST, KB, SHARE = 9, 25, 60, 300, .85
WIDTH = 120 # Characters of an exported line; only with --wide until the notebooks are mended
ALONE, FEW = .7, 4 # Share of definitions with an example in each notebook that has at least so many
DEFS, IMPORTS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), (ast.Import, ast.ImportFrom)
is_export = lambda c: c.cell_type == 'code' and {'export', 'exports', 'exporti'} & c.directives_.keys()
is_off = lambda c: c.directives_.get('eval:', [''])[0].lower() == 'false'
only_imports = lambda c: all(isinstance(n, IMPORTS) for n in c.parsed_() or [None])
is_example = lambda c: c.cell_type == 'code' and not (is_export(c) or is_off(c) or only_imports(c) or 'hide' in c.directives_)
n_lines = lambda c: sum(bool(l.strip()) and not l.startswith('#|') for l in c.source.splitlines())

def mixes_imports(c):
    "Documentation runs every cell that holds an import, so an example must not hold one"
    body = c.parsed_() or []
    rest = [n for n in body if not isinstance(n, IMPORTS)]
    found = body if is_export(c) else [n for b in body for n in ast.walk(b)]
    return rest and any(isinstance(n, IMPORTS) for n in found) and not is_off(c)

def main():
    cfg, bad, lengths, widths, defs, shown = get_config(), [], [], [], 0, 0
    nbs = [f for d in (cfg.nbs_path, cfg.config_path/'experiments') if d.exists() for f in nbglob(d, as_path=True).sorted()]
    for fn in nbs:
        name, cells = fn.relative_to(cfg.config_path), NBProcessor(fn, rm_directives=False).nb.cells
        say = lambda text, c=None: bad.append(f'{name}{"" if c is None else f" cell {c.idx_}"}: {text}')
        if not cells or not re.match(r'# \S.*\n+> \S', cells[0].source): say('must open with "# Title" and "> subtitle"')
        if (kb := fn.stat().st_size/1000) > KB: say(f'{kb:.0f} kB, at most {KB}')
        mine, seen = 0, 0
        for i, c in enumerate(cells):
            if c.cell_type != 'code': continue
            lines = c.source.splitlines()
            for j, l in enumerate(lines):
                if re.match(r'#\|\s*eval:\s*false', l) and '#' not in l[2:] and not (j+1 < len(lines) and re.match(r'#[^|]', lines[j+1])):
                    say('`eval: false` without a reason in a comment on its line or the next', c)
            if fn.is_relative_to(cfg.nbs_path) and mixes_imports(c): say('imports need a cell of their own', c)
            if not is_export(c): continue
            lengths.append(n_lines(c))
            widths += map(len, lines)
            if '--wide' in sys.argv and (broad := [l for l in lines if len(l) > WIDTH]):
                say(f'{len(broad)} lines over {WIDTH} characters, the longest {max(map(len, broad))}', c)
            if n_lines(c) > MOST: say(f'{n_lines(c)} exported lines, at most {MOST}', c)
            if any(isinstance(n, DEFS) and n.name[0] != '_' for n in c.parsed_() or []):
                mine += 1
                ok = any(map(is_example, cells[i+1:i+4]))
                seen += ok
                if not ok and '-v' in sys.argv: print(f'{name} cell {i}: no example within 3 cells')
        defs, shown = defs + mine, shown + seen
        if mine >= FEW and seen < ALONE*mine: say(f'{seen} of {mine} definitions have an example within 3 cells, at least {ALONE:.0%} (-v lists the others)')
    med, p90, share = median(lengths or [0]), quantiles(lengths*2, n=10)[-1] if lengths else 0, shown/max(defs, 1)
    if med > MEDIAN: bad.append(f'exported cells: median {med} lines, at most {MEDIAN}')
    if p90 > P90: bad.append(f'exported cells: 90% have up to {p90:.0f} lines, at most {P90}')
    if defs and share < SHARE: bad.append(f'{share:.0%} of definitions have an example within 3 cells, at least {SHARE:.0%} (-v lists them)')
    print(*bad, sep='\n', end='\n' if bad else '')
    print(f'{len(nbs)} notebooks; exported cells {len(lengths)}: median {med:g}, 90% {p90:.0f}, most {max(lengths, default=0)} lines; '
          f'{sum(w > WIDTH for w in widths)} of {len(widths)} exported lines over {WIDTH} characters; '
          f'examples {shown}/{defs}; {len(bad)} faults')
    sys.exit(bool(bad))

main()
