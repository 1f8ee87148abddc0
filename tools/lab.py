"Both explorers in a JupyterLab of their own, a hand on their sliders, a stopwatch and a camera"
import io, json, os, secrets, socket, subprocess, sys, time, urllib.request
from contextlib import contextmanager
from pathlib import Path

from browser import PATIENCE, Browser

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 1280, 1700 # Pixels of the window; JupyterLab keeps its sidebar
PANELS = dict(edit='from deltav2a.app.edit_explorer import EditExplorer\npanel = EditExplorer(name={!r})\npanel',
              region='from deltav2a.app.region_explorer import RegionExplorer\npanel = RegionExplorer(name={!r})\npanel')

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
def jupyter(tmp, backbones): # Address and token of a JupyterLab of its own
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    token, work, theme = secrets.token_hex(16), tmp/'work', tmp/'settings'/'@jupyterlab'/'apputils-extension'
    for d in (work, theme): d.mkdir(parents=True)
    for n, code in PANELS.items(): (work/f'{n}.ipynb').write_text(json.dumps(notebook(code.format(backbones))))
    (theme/'notification.jupyterlab-settings').write_text('{"fetchNews": "false", "checkForUpdates": false}')
    dirs = {f'JUPYTER{k}_DIR': str(tmp/k.strip('_').lower()) for k in ('_CONFIG', '_DATA', '_RUNTIME', 'LAB_WORKSPACES')} | dict(JUPYTERLAB_SETTINGS_DIR=str(tmp/'settings'))
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get('PYTHONPATH', '')])), **dirs)
    cmd = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', '--ip=127.0.0.1', f'--port={port}', '--ServerApp.port_retries=0', f'--IdentityProvider.token={token}',
           f'--ServerApp.root_dir={work}', '--LabApp.expose_app_in_browser=True', '--LabApp.collaborative=False']
    with started(cmd, tmp/'jupyter.log', env=env, cwd=work):
        waited(lambda: urllib.request.urlopen(f'http://127.0.0.1:{port}/api?token={token}').status == 200, PATIENCE, 'JupyterLab')
        yield f'http://127.0.0.1:{port}', token

STATUS = 'document.querySelector(".dv .dv-status, .dv .dv-error")?.textContent || ""'
HANDLE = 'document.querySelectorAll(".dv .noUi-handle")[{}]'

@contextmanager
def laboratory(tmp, backbones='lite'): # The browser's page, and what opens a panel by its name
    with jupyter(tmp, backbones) as (url, token), Browser(WIDTH, HEIGHT, scale=1.5) as page: yield page, lambda name: opened(page, url, token, name)

def opened(page, url, token, name): # Run the notebook until the panel stands
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

def room(page, i): # Where a handle has room: 1 to the right, -1 to the left
    return page.js(f'(() => {{ const mid = e => {{ const r = e.getBoundingClientRect(); return r.x + r.width/2 }}, h = {HANDLE.format(i)}; return mid(h) < mid(h.closest(".noUi-target")) ? 1 : -1 }})()')

def watched(page): # From now on the browser notes when the panel changed last, when the mouse let go, and whether work was begun since it pressed
    page.js("""(() => { const now = () => performance.now(), at = (e, f) => document.addEventListener(e, f, true), busy = () => document.querySelector(".dv .dv-status")?.textContent.includes("…")
        window.hand = {last: now(), up: now(), begun: false}
        new MutationObserver(() => { hand.last = now(); hand.begun ||= busy() }).observe(document.querySelector(".dv"), {subtree: true, childList: true, attributes: true, characterData: true})
        at("pointerdown", () => hand.begun = false); at("pointerup", () => hand.up = now()) })()""")

def answered(page, quiet=1.): # Seconds from letting go to the last change in the panel, after which nothing came for `quiet` seconds
    until(page, f'hand.begun && !({STATUS}).includes("…") && performance.now() - hand.last > {1000*quiet} ? 1 : 0', 'the answer to a drag')
    return page.js('(hand.last - hand.up)/1000')

def wide(page): # Does anything stick out?
    return page.js('[...document.querySelectorAll(".dv *")].filter(e => e.offsetParent && e.getBoundingClientRect().right > document.querySelector(".dv").getBoundingClientRect().right + 1).length')

def put_file(page, i, path): # Choose a file in a tile
    page.choose(f'document.querySelectorAll(".dv-tile input[type=file]")[{i}]', path)

def until(page, code, what, seconds=2*PATIENCE): # A busy machine takes its time
    try: return page.wait(code, seconds)
    except TimeoutError: raise RuntimeError(f'waited {seconds} s for {what}; the panel says: {page.js(STATUS)!r}') from None

def choose(page, select, value): page.js(f'(() => {{ const e = [...document.querySelectorAll(".dv select")][{select}]; e.value = {json.dumps(value)}; e.dispatchEvent(new Event("change", {{bubbles: true}})) }})()')

MAKE = '[...document.querySelectorAll(".dv button")].find(e => e.textContent === "make the sound")'
RANKING = 'document.querySelector(".dv-rank")?.textContent || ""'

def rested(page): # Nothing has changed for two seconds
    was, since = '', time.monotonic()
    while time.monotonic() - since < 2:
        time.sleep(.2)
        if (now := settled(page)) != was: was, since = now, time.monotonic()

def photograph(page, path): # The panel as a small WebP
    from PIL import Image
    page.mouse('Moved', 5, 5)
    Image.open(io.BytesIO(page.picture(element='document.querySelector(".dv")', edge=4))).convert('RGB').quantize(256, dither=Image.Dither.NONE).convert('RGB').save(path, 'WEBP', lossless=True, method=6)
