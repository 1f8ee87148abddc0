#!/usr/bin/env python3
"Build the documentation site into _docs from the notebooks, with nothing loaded from another host"
import html, os, re, shutil, sys
from configparser import ConfigParser
from pathlib import Path

import yaml
from execnb.nbio import read_nb, write_nb
from site_files import copy_file, search_script, slim
from site_pages import classes_of, commands_page, examples_first, origin, plain_signatures

ROOT = Path(__file__).resolve().parent.parent
PROC, DOCS = ROOT/'_proc', ROOT/'_docs'
SECTIONS = { # Folder -> its section in the sidebar, in this order; the index stands before all
    'nbs/tutorials': 'Tutorials', 'nbs/explanations': 'Explanations', 'experiments': 'Experiments',
    'nbs/01_core': 'Core', 'nbs/02_encoders': 'Encoders', 'nbs/03_effects': 'Effects', 'nbs/04_audioldm': 'AudioLDM',
    'nbs/05_edit': 'Edit (path 1)', 'nbs/06_generate': 'Generate (path 2)', 'nbs/07_data': 'Data', 'nbs/08_training': 'Training',
    'nbs/09_evaluation': 'Evaluation', 'nbs/10_app': 'App', 'nbs/tests': 'Tests'}
LOG, COMMANDS = 'experiments/LOG.md', 'commands.md'
TEXTS = { # Markdown files of the repository that are pages too -> what they say
    LOG: 'What was tried, what it gave, and what it did not',
    'CONTRIBUTING.md': 'How to change a notebook, and run the checks',
    'CHANGELOG.md': 'What changed from version to version'}
NUMBER = re.compile(r'(^|/)\d+[a-z]?_')
LINK = re.compile(r'''(\]\(|\b(?:href|src|poster)=["'])([^)"'\s#]+)''') # what stands behind ]( or href= or src=
PLAYER = re.compile(r'(?<!!)\[([^\]\n]*)\]\(([^)\s]+\.flac)\)') # a link to a sound is a player on the site
FORMULA = re.compile(r'<span class="math (inline|display)">\\[(\[](.*?)\\[)\]]</span>', re.S)
KATEX = re.compile(r'<(?:link|script)[^>]*katex[^>]*>(?:</script>)?\n?')

def config():
    "settings.ini"
    ini = ConfigParser(delimiters=['='])
    ini.read(ROOT/'settings.ini', encoding='utf-8')
    return ini['DEFAULT']

def page_path(
    path:str, # File in the repository: `nbs/05_image.ipynb`
)->str:       # Its place in the site: `image.ipynb`
    "Numbers order folders and notebooks; links live longer without them. Pictures are made smaller"
    if path.endswith('.ipynb'): path = NUMBER.sub(r'\1', path)
    if path == LOG: path = path.lower()
    if path.endswith('.png'): path = path[:-3] + 'webp'
    return path.removeprefix('nbs/')

def map_text(
    nb,  # Notebook
    fun, # str -> str
):
    "Apply `fun` to the text that is shown as Markdown: its cells and outputs"
    for c in nb.cells:
        if c.cell_type == 'markdown': c.source = fun(c.source)
        for o in c.get('outputs', []):
            if 'text/markdown' in (d := o.get('data', {})): d['text/markdown'] = fun(''.join(d['text/markdown']))

def players(
    text:str, # Markdown
)->str:       # Markdown with HTML in it
    "A player in place of each link to a sound: GitHub shows the link, a browser plays it"
    return PLAYER.sub(r'<span class="player">\1<audio controls preload="metadata" src="\2"></audio></span>', text)

def local_links(
    text:str,  # Markdown
    here:str,  # Folder of its notebook in the repository
    to:str,    # Folder of what is written, in the site or the repository
    place,     # Path in the repository -> path there
    used:set,  # Gets the repository's files that are linked to
)->str:        # Markdown whose links fit the new place
    "Rewrite links between the repository's files, and names that nbdev linked to its host"
    cfg, target, rel = config(), lambda p: os.path.normpath(os.path.join(here, p)), lambda p: os.path.relpath(p, to or '.')
    host = cfg['doc_host'] + cfg['doc_baseurl'] + '/'
    text = re.sub(rf'\[(`_\w+`)\]\({re.escape(host)}[^)]*\)', r'\1', text) # what is private has no place to lead to
    text = re.sub(r'\[source\]\([^)]*\)(\{[^}]*\})?\n*', '', text) # nbdev points at lines on a host
    def sub(m):
        link = m[2]
        if link.startswith(host): return m[1] + rel(NUMBER.sub(r'\1', link[len(host):]))
        if ':' in link or link.startswith('/') or not (ROOT/target(link)).is_file(): return m[0]
        used.add(target(link))
        return m[1] + rel(place(target(link)))
    return LINK.sub(sub, text)

def notebooks()->list: # Paths in the repository, in order
    "Notebooks that are pages"
    found = [f.relative_to(ROOT) for d in ('nbs', 'experiments') for f in sorted((ROOT/d).rglob('[!_.]*.ipynb'))]
    return [f for f in found if not any(p[0] in '._' for p in f.parts)]

def prepare():
    "nbdev's processed notebooks in `PROC`, under their names without numbers"
    from nbdev.processors import FilterDefaults
    from nbdev.serve import proc_nbs
    from nbdev.serve_drv import main as process
    proc_nbs(n_workers=0, force=True)
    nbs, used = notebooks(), set()
    for f in nbs:
        new = PROC/page_path(str(f))
        new.parent.mkdir(exist_ok=True, parents=True)
        if f.parts[0] == 'nbs': (PROC/f.relative_to('nbs')).rename(new)
        else: process((ROOT/f, new, FilterDefaults))
        nb = read_nb(new)
        map_text(nb, lambda s: players(local_links(s, str(f.parent), os.path.dirname(page_path(str(f))), page_path, used)))
        dress(nb, f)
        if nb.cells[0].cell_type == 'raw': nb.cells[0].source = re.sub(r'^output-file:.*\n', '', nb.cells[0].source, flags=re.M)
        write_nb(nb, new)
    for f in [f for f in used if f.endswith('.html')]: # a page brings what it plays and shows
        local_links((ROOT/f).read_text(), os.path.dirname(f), '', page_path, used)
    for path, about in TEXTS.items(): write_text(path, used, about)
    (PROC/COMMANDS).write_text(commands_page(), encoding='utf-8')
    files = sorted(f for f in used if not f.endswith('.ipynb') and f not in TEXTS)
    for f in files: copy_file(ROOT/f, PROC/page_path(f))
    write_config(nbs, [*(page_path(f) for f in files), 'site.js'])

def dress(
    nb,     # Processed notebook
    f:Path, # The notebook it was, path in the repository
):
    "What a page has and its notebook has not"
    src = read_nb(ROOT/f)
    made = next((m[1] for c in src.cells if (m := re.match(r'#\|\s*default_exp\s+(\S+)', c.source))), '')
    classes = classes_of(src)
    map_text(nb, lambda s: plain_signatures(s, classes))
    if f.parts[0] == 'nbs' and made: examples_first(nb)
    if f.name != 'index.ipynb': origin(nb, f.name, f'deltav2a.{made}' if made else '')

def write_text(
    path:str, # A Markdown file of the repository
    used:set, # Gets the repository's files that it links to
    about:str, # Its description
):
    "A Markdown file as a page"
    title, text = (ROOT/path).read_text(encoding='utf-8').split('\n', 1)
    front = dict(title=title.removeprefix('# '), description=about)
    folder = os.path.dirname(path)
    body = players(local_links(text, folder, os.path.dirname(page_path(path)), page_path, used))
    (PROC/page_path(path)).write_text(f'---\n{yaml.safe_dump(front)}---\n{body}', encoding='utf-8')

def write_config(
    nbs:list,   # Notebooks, paths in the repository, in order
    files:list, # Files that pages show or link to, paths in the site
):
    "The part of the site's configuration that follows from settings.ini and the notebooks"
    cfg, groups = config(), {}
    for f in nbs:
        groups.setdefault(str(f.parent), []).append(page_path(str(f)))
    groups['experiments'].insert(0, page_path(LOG))
    groups['nbs/tutorials'].append(COMMANDS)
    side = groups['nbs'] + [dict(section=name, contents=groups[d]) for d, name in SECTIONS.items() if d in groups]
    site = dict(project={'output-dir': '../_docs', 'resources': files},
                website=dict(title=cfg['title'], description=cfg['description'], sidebar={'style': 'floating', 'collapse-level': 1, 'contents': side}))
    (PROC/'nbdev.yml').write_text(yaml.safe_dump(site, sort_keys=False))

def finish(
    page:Path, # Built page
):
    "Formulas of `page` become MathML, which browsers draw by themselves; the site's own script comes in"
    from latex2mathml.converter import convert
    def one(m):
        tex = html.unescape(m[2])
        res = convert(tex, display='block' if m[1] == 'display' else 'inline')
        if '\\' in res: raise SystemExit(f'{page.name}: latex2mathml does not know all of ${tex}$')
        return f'<span class="math {m[1]}">{res}</span>'
    up = os.path.relpath(DOCS, page.parent)
    page.write_text(KATEX.sub('', FORMULA.sub(one, page.read_text())).replace('</head>', f'<script src="{up}/site.js"></script></head>', 1))

def build_site():
    "Build `_docs`; the pages, and what smalldocs warns of"
    from smalldocs.site import build
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    prepare()
    site = build(PROC, quiet=True)
    pages = sorted(DOCS.rglob('*.html'))
    for p in pages: finish(p)
    for f in notebooks(): shutil.copy(f, (DOCS/page_path(str(f))).with_name(f.name)) # what `source notebook` gives
    search_script(DOCS)
    slim(DOCS, pages)
    return pages, site.warnings

if __name__ == '__main__':
    pages, warnings = build_site()
    print(*warnings, f'{len(pages)} pages in _docs/index.html', sep='\n')
    sys.exit(bool(warnings))
