#!/usr/bin/env python3
"Write README.md from nbs/index.ipynb; with --check only say whether it is up to date"
import os, re, sys

from docs import ROOT, config, local_links, map_text
from execnb.nbio import nb2str, read_nb
from nbdev.processors import FilterDefaults
from smalldocs.llms import Prose, notebook

os.chdir(ROOT)

def plain_outputs(
    cell, # Notebook cell
):
    "A README shows text: pictures and players are linked from figures/"
    for o in cell.get('outputs', []):
        if 'data' in o: o['data'] = {k:v for k,v in o['data'].items() if k == 'text/markdown' or (k == 'text/plain' and not ''.join(v).startswith('<'))}
    cell.outputs = [o for o in cell.get('outputs', []) if o.get('data', True)]

def readme()->str: # Markdown
    "README.md as it should be"
    cfg, nb = config(), read_nb('nbs/index.ipynb')
    FilterDefaults()(nb)
    for c in nb.cells:
        if c.cell_type == 'code': plain_outputs(c)
    host = re.escape(cfg['doc_host'] + cfg['doc_baseurl'])
    map_text(nb, lambda s: local_links(re.sub(rf'\[(`[^`]+`)\]\({host}[^)]*\)', r'\1', s), 'nbs', '', str, set()))
    front = nb.frontmatter_
    body = notebook(nb2str(nb), {}, 'index', Prose(lambda href: href, {}), str)[0]
    return f"# {front['title']}\n\n> {front['description']}\n\n{body}\n"

if __name__ == '__main__':
    new, file = readme(), ROOT/'README.md'
    same = file.exists() and file.read_text(encoding='utf-8') == new
    if '--check' not in sys.argv and not same: file.write_text(new, encoding='utf-8')
    print('README.md is', 'up to date' if same else 'not what nbs/index.ipynb makes: run tools/readme.py' if '--check' in sys.argv else 'written')
    sys.exit('--check' in sys.argv and not same)
