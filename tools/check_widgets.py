#!/usr/bin/env python3
"Open both explorers in JupyterLab with headless Chromium, drag sliders, wait for other results; `--save` writes the pictures of figures/"
import json, os, re, secrets, socket, subprocess, sys, tempfile, time, urllib.request
from contextlib import contextmanager
from pathlib import Path

from browser import Browser, find_browser

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 1280, 1700 # Pixels of the window; JupyterLab keeps its sidebar
PANELS = dict(edit='from deltav2a.widgets import EditExplorer\npanel = EditExplorer()\npanel',
              region='from deltav2a.region_widgets import RegionExplorer\npanel = RegionExplorer()\npanel')

@contextmanager
def started(cmd, log, **kw):
    with open(log, 'wb') as f: p = subprocess.Popen(cmd, stdout=f, stderr=f, stdin=subprocess.DEVNULL, **kw)
    try: yield p
    finally:
        p.terminate()
        try: p.wait(15)
        except subprocess.TimeoutExpired: p.kill(); p.wait()

def waited(get, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if v := get(): return v
        except (OSError, ValueError): pass
        time.sleep(.2)
    raise RuntimeError(f'{what} did not start in {seconds} s')

def notebook(code): return dict(nbformat=4, nbformat_minor=5, metadata=dict(kernelspec=dict(name='python3', display_name='Python 3', language='python')),
    cells=[dict(cell_type='code', id='a', metadata={}, source=code, outputs=[], execution_count=None)])

@contextmanager
def jupyter(tmp): # Address and token of a JupyterLab of its own
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    token, work, theme = secrets.token_hex(16), tmp/'work', tmp/'settings'/'@jupyterlab'/'apputils-extension'
    for d in (work, theme): d.mkdir(parents=True)
    for n, code in PANELS.items(): (work/f'{n}.ipynb').write_text(json.dumps(notebook(code)))
    (theme/'notification.jupyterlab-settings').write_text('{"fetchNews": "false", "checkForUpdates": false}')
    dirs = {f'JUPYTER{k}_DIR': str(tmp/k.strip('_').lower()) for k in ('_CONFIG', '_DATA', '_RUNTIME', 'LAB_WORKSPACES')} | dict(JUPYTERLAB_SETTINGS_DIR=str(tmp/'settings'))
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get('PYTHONPATH', '')])), **dirs)
    cmd = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', '--ip=127.0.0.1', f'--port={port}', '--ServerApp.port_retries=0', f'--IdentityProvider.token={token}',
           f'--ServerApp.root_dir={work}', '--LabApp.expose_app_in_browser=True', '--LabApp.collaborative=False']
    with started(cmd, tmp/'jupyter.log', env=env, cwd=work):
        waited(lambda: urllib.request.urlopen(f'http://127.0.0.1:{port}/api?token={token}').status == 200, 60, 'JupyterLab')
        yield f'http://127.0.0.1:{port}', token

STATUS = 'document.querySelector(".dv .dv-status, .dv .dv-error")?.textContent || ""'
HANDLE = 'document.querySelectorAll(".dv .noUi-handle")[{}]'

def opened(page, url, token, name): # Run the notebook until the panel shows a result
    page.open(f'{url}/lab/workspaces/{name}/tree/{name}.ipynb?token={token}&reset')
    until(page, 'window.jupyterapp && document.querySelector(".jp-Notebook .jp-Cell") ? 1 : 0', 'JupyterLab in the browser')
    until(page, '(() => { const s = window.jupyterapp.shell, w = [...s.widgets("main")].find(w => w.sessionContext); if (!w?.sessionContext.session?.kernel) return 0; s.activateById(w.id); return 1 })()', 'a kernel')
    page.js('window.jupyterapp.commands.execute("notebook:run-all-cells").then(() => 1)')
    until(page, 'document.querySelector(".dv .dv-tile") ? 1 : 0', 'the panel')

def settled(page, was=''): # The status after the next result
    return until(page, f'(() => {{ const s = {STATUS}; return s && s !== {json.dumps(was)} && !s.includes("…") ? s : "" }})()', f'another result than {was!r}')

def move(page, i, by): # Drag the handle of a slider sideways
    x, y = page.middle(HANDLE.format(i))
    page.drag((x, y), (x + by, y))

def dark(page, on): page.js(f'window.jupyterapp.commands.execute("apputils:change-theme", {{theme: "JupyterLab {"Dark" if on else "Light"}"}}).then(() => new Promise(r => setTimeout(r, 1500)))')

def wide(page): # Does anything stick out?
    return page.js('[...document.querySelectorAll(".dv *")].filter(e => e.offsetParent && e.getBoundingClientRect().right > document.querySelector(".dv").getBoundingClientRect().right + 1).length')

def put_file(page, i, path): # Choose a file in a tile
    page.choose(f'document.querySelectorAll(".dv-tile input[type=file]")[{i}]', path)

def until(page, code, what, seconds=200): # A busy machine takes its time
    try: return page.wait(code, seconds)
    except TimeoutError: raise RuntimeError(f'waited {seconds} s for {what}; the panel says: {page.js(STATUS)!r}') from None

def check_edit(page, tmp):
    yield 'a result at once', 'edited in' in (said := settled(page)), said
    drawing = 'document.querySelector(".dv-svg")?.outerHTML.length + document.querySelector(".dv-svg")?.outerHTML'
    until(page, 'document.querySelector(".dv-svg") && document.querySelector(".dv td") ? 1 : 0', 'drawing and table')
    settled(page)
    was = page.js(drawing)
    move(page, 0, -60)
    let_go = time.monotonic()
    now = until(page, f'(() => {{ const d = {drawing}, s = {STATUS}; return d !== {json.dumps(was)} && s.includes("edited in") ? s : "" }})()', 'another drawing')
    yield 'another drawing after a drag', True, f'{time.monotonic() - let_go:.2f} s after letting go; {now}'
    yield 'the command follows', '--strength' in (c := page.js('document.querySelector(".dv-command textarea").value')), c
    bad = tmp/'broken.png'
    bad.write_bytes(b'not a picture')
    put_file(page, 0, bad)
    line = until(page, 'document.querySelector(".dv-error")?.textContent', 'a refusal')
    yield 'a bad file is one line', line.startswith('broken.png: ') and '\n' not in line, line
    wav = tmp/'tone.wav'
    make_tone(wav)
    put_file(page, 2, wav)
    until(page, f'document.querySelectorAll(".dv-tile .bar span")[2].textContent.includes("tone.wav") && ({STATUS}).startsWith("2.0 s") ? 1 : 0', 'the uploaded sound')
    yield 'an uploaded sound is edited', True, page.js(STATUS)

def make_tone(path):
    import numpy as np, soundfile
    t = np.arange(2*22050)/22050
    soundfile.write(path, .3*np.sin(2*np.pi*220*t)*np.exp(-2*t), 22050)

def choose(page, select, value): page.js(f'(() => {{ const e = [...document.querySelectorAll(".dv select")][{select}]; e.value = {json.dumps(value)}; e.dispatchEvent(new Event("change", {{bubbles: true}})) }})()')

MAKE = '[...document.querySelectorAll(".dv button")].find(e => e.textContent === "make the sound")'
RANKING = 'document.querySelector(".dv-rank")?.textContent || ""'

def check_region(page, tmp):
    yield 'a ranking at once', 'ranked in' in (said := settled(page)), said
    choose(page, 1, 'published')
    until(page, 'document.querySelectorAll(".dv [disabled].widget-slider, .dv .noUi-target[disabled]").length < 5 ? 1 : 0', 'the sliders of the operator')
    settled(page)
    was = page.js(RANKING)
    move(page, 5, 18) # The weight of what came
    let_go = time.monotonic()
    until(page, f'(() => {{ const r = {RANKING}; return r && r !== {json.dumps(was)} && ({STATUS}).includes("ranked in") ? 1 : 0 }})()', 'another ranking')
    yield 'another ranking after a drag', True, f'{time.monotonic() - let_go:.2f} s after letting go; {page.js(STATUS)}'
    weights = page.js('[...document.querySelectorAll(".dv .widget-slider")].slice(4, 7).map(e => +e.querySelector(".widget-readout").textContent)')
    yield 'weights keep their sum', abs(sum(weights) - 1) < .02, str(weights)
    was = page.js('document.querySelectorAll(".dv-tile img")[1].src')
    page.click_on('[...document.querySelectorAll(".dv .widget-toggle-button")][1]')
    x, y = page.middle('document.querySelectorAll(".dv-tile img")[1]')
    page.drag((x - 20, y - 60), (x + 150, y + 90))
    line = until(page, f'document.querySelectorAll(".dv-tile img")[1].src !== {json.dumps(was)} && ({STATUS}).startsWith("1 region,") ? {STATUS} : ""', 'the region of a box')
    yield 'a box is a region', True, line
    page.click_on(MAKE)
    line = until(page, f'({STATUS}).includes("of sound in") ? {STATUS} : ""', 'a sound')
    yield 'the button makes a sound', page.js('[...document.querySelectorAll(".dv-tracks time")][1].textContent.length > 3'), line

CHECKS = dict(edit=check_edit, region=check_region)

def once(
    names, # Panels
    save,  # Whether to write their pictures
)->list:   # Faults
    "Open the panels and use them"
    bad = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as d:
        tmp = Path(d)
        with jupyter(tmp) as (url, token), Browser(WIDTH, HEIGHT, scale=1.5) as page:
            for n in names:
                opened(page, url, token, n)
                if save: picture(page, n)
                for what, ok, more in CHECKS[n](page, tmp):
                    print(f'{"ok" if ok else "BAD"}  {n}: {what}  {more}'[:300], flush=True)
                    if not ok: bad.append(what)
                if k := wide(page): bad.append(f'{n}: {k} elements stick out of the panel')
                bad += [f'{n}: console: {e}' for e in page.faults() if not NOT_OURS.search(e)]
                bad += [f'{n}: loads {u}' for u in page.requests() if u.startswith(('http', 'ws')) and '//127.0.0.1:' not in u]
                page.said.clear()
    return bad

def main():
    if not find_browser(): return print('no Chromium here: the explorers were not tried; install it with: apt-get install chromium')
    save, names = '--save' in sys.argv, [a for a in sys.argv[1:] if a in PANELS] or list(PANELS)
    for last in (False, True): # A busy machine may starve a browser once
        try: bad = once(names, save)
        except (RuntimeError, OSError) as e: bad = [f'{type(e).__name__}: {e}']
        print(*bad, f'{len(names)} panels, {len(bad)} faults', sep='\n')
        if not bad: break
    sys.exit(bool(bad))

NOT_OURS = re.compile('favicon|/static/lab/|translations')

def rested(page): # Nothing has changed for two seconds
    was, since = '', time.monotonic()
    while time.monotonic() - since < 2:
        time.sleep(.2)
        if (now := settled(page)) != was: was, since = now, time.monotonic()

def photograph(page, path):
    from PIL import Image
    page.mouse('Moved', 5, 5)
    page.picture(path, element='document.querySelector(".dv")', edge=4)
    Image.open(path).convert('RGB').quantize(256, dither=Image.Dither.NONE).save(path, optimize=True) # A third of the bytes

def picture(page, n): # A panel in use, for the pages
    settled(page)
    if n == 'region':
        choose(page, 1, 'published')
        page.click_on(MAKE)
        until(page, f'({STATUS}).includes("of sound in")', 'a sound')
    for i, by in dict(edit=[(0, 20), (5, 45)], region=[(0, 10), (5, 15)])[n]: move(page, i, by)
    rested(page)
    photograph(page, ROOT/'figures'/f'explorer_{n}.png')
    if '--dark' not in sys.argv: return
    dark(page, True)
    photograph(page, ROOT/'figures'/f'explorer_{n}_dark.png')
    dark(page, False)

if __name__ == '__main__': main()
