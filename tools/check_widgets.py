#!/usr/bin/env python3
"Open both explorers in JupyterLab with headless Chromium, drag sliders, wait for other results; `--save` writes the pictures of figures/"
import base64, io, itertools, json, os, re, secrets, socket, subprocess, sys, tempfile, time, urllib.request
from contextlib import contextmanager
from pathlib import Path

from browser import find_browser

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WIDTH, HEIGHT = 1280, 1700 # Pixels of the window; JupyterLab keeps its sidebar
PANELS = dict(edit='from deltav2a.widgets import EditExplorer\npanel = EditExplorer()\npanel',
              region='from deltav2a.region_widgets import RegionExplorer\npanel = RegionExplorer()\npanel')

class Page:
    "A page of Chromium by its DevTools protocol"
    def __init__(self, url):
        import websocket
        self.ws, self.ids, self.errors, self.outside = websocket.create_connection(url, timeout=120, suppress_origin=True), itertools.count(1), [], []
        for domain in ('Page', 'Runtime', 'Log', 'Network', 'DOM'): self.call(f'{domain}.enable')
    def call(self, method, **params):
        n = next(self.ids)
        self.ws.send(json.dumps(dict(id=n, method=method, params=params)))
        while True:
            m = json.loads(self.ws.recv())
            if m.get('id') == n:
                if 'error' in m: raise RuntimeError(f'{method}: {m["error"]["message"]}')
                return m['result']
            self.event(m)
    def event(self, m):
        p, kind = m.get('params', {}), m.get('method')
        if kind == 'Page.javascriptDialogOpening': # `Leave site?`; the answer's own id comes back as an event of no kind
            self.ws.send(json.dumps(dict(id=next(self.ids), method='Page.handleJavaScriptDialog', params=dict(accept=True))))
        if kind == 'Runtime.exceptionThrown':
            d = p['exceptionDetails']
            self.errors.append(f'{d.get("text", "")} {d.get("exception", {}).get("description", "")}'[:400])
        if kind == 'Runtime.consoleAPICalled' and p['type'] == 'error': self.errors.append(' '.join(str(a.get('value', a.get('description', ''))) for a in p['args'])[:400])
        if kind == 'Log.entryAdded' and p['entry']['level'] == 'error': self.errors.append(f'{p["entry"]["text"]} {p["entry"].get("url", "")}'[:400])
        if kind == 'Network.requestWillBeSent' and (u := p['request']['url']).startswith(('http', 'ws')) and '//127.0.0.1:' not in u: self.outside.append(u)
    def js(self, code):
        r = self.call('Runtime.evaluate', expression=code, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in r: raise RuntimeError(f'{code[:80]}: {r["exceptionDetails"].get("exception", {}).get("description", "")[:300]}')
        return r['result'].get('value')
    def until(self, code, seconds=120, what=''):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if v := self.js(code): return v
            time.sleep(.1)
        raise RuntimeError(f'waited {seconds} s for {what or code[:100]}')
    def mouse(self, kind, x, y): self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', buttons=0 if kind == 'mouseReleased' else 1, clickCount=1)
    def drag(self, a, b):
        self.mouse('mousePressed', *a)
        for k in range(1, 11): self.mouse('mouseMoved', a[0] + (b[0] - a[0])*k/10, a[1] + (b[1] - a[1])*k/10)
        self.mouse('mouseReleased', *b)
    def click(self, where):
        x, y = self.middle(where)
        self.drag((x, y), (x, y))
    def middle(self, where): # Of the element that a piece of JavaScript gives
        return self.js(f'(() => {{ const e = {where}; e.scrollIntoView({{block: "nearest"}}); const r = e.getBoundingClientRect(); return [r.x + r.width/2, r.y + r.height/2] }})()')
    def shot(self, path, where):
        x, y, w, h = self.js(f'(() => {{ const r = ({where}).getBoundingClientRect(); return [r.x, r.y, r.width, r.height] }})()')
        data = self.call('Page.captureScreenshot', format='png', clip=dict(x=x - 6, y=y - 2, width=w + 12, height=h + 4, scale=1))['data']
        from PIL import Image
        Image.open(io.BytesIO(base64.b64decode(data))).convert('RGB').quantize(256, dither=Image.Dither.NONE).save(path, optimize=True) # A third of the bytes

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

@contextmanager
def chromium(tmp): # A page
    exe = find_browser()
    home = tmp/'chromium'
    cmd = [exe, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--mute-audio', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--remote-debugging-port=0',
           f'--user-data-dir={home}', f'--window-size={WIDTH},{HEIGHT}', '--hide-scrollbars', 'about:blank']
    with started(cmd, tmp/'chromium.log', env=dict(os.environ, HOME=str(tmp))):
        port = waited(lambda: (home/'DevToolsActivePort').read_text().split()[0], 60, 'Chromium')
        tabs = waited(lambda: json.load(urllib.request.urlopen(f'http://127.0.0.1:{port}/json')), 20, 'Chromium')
        page = Page(next(t for t in tabs if t['type'] == 'page')['webSocketDebuggerUrl'])
        page.call('Emulation.setDeviceMetricsOverride', width=WIDTH, height=HEIGHT, deviceScaleFactor=1.5, mobile=False)
        try: yield page
        finally: page.ws.close()

STATUS = 'document.querySelector(".dv .dv-status, .dv .dv-error")?.textContent || ""'
HANDLE = 'document.querySelectorAll(".dv .noUi-handle")[{}]'

def opened(page, url, token, name): # Run the notebook until the panel shows a result
    page.call('Page.navigate', url=f'{url}/lab/workspaces/{name}/tree/{name}.ipynb?token={token}&reset')
    page.until('window.jupyterapp && document.querySelector(".jp-Notebook .jp-Cell") ? 1 : 0', what='JupyterLab in the browser')
    page.until('(() => { const s = window.jupyterapp.shell, w = [...s.widgets("main")].find(w => w.sessionContext); if (!w?.sessionContext.session?.kernel) return 0; s.activateById(w.id); return 1 })()', what='a kernel')
    page.js('window.jupyterapp.commands.execute("notebook:run-all-cells").then(() => 1)')
    page.until('document.querySelector(".dv .dv-tile") ? 1 : 0', what='the panel')

def settled(page, was=''): # The status after the next result
    return page.until(f'(() => {{ const s = {STATUS}; return s && s !== {json.dumps(was)} && !s.includes("…") ? s : "" }})()', what=f'another result than {was!r}')

def move(page, i, by): # Drag the handle of a slider sideways
    x, y = page.middle(HANDLE.format(i))
    page.drag((x, y), (x + by, y))

def dark(page, on): page.js(f'window.jupyterapp.commands.execute("apputils:change-theme", {{theme: "JupyterLab {"Dark" if on else "Light"}"}}).then(() => new Promise(r => setTimeout(r, 1500)))')

def wide(page): # Does anything stick out?
    return page.js('[...document.querySelectorAll(".dv *")].filter(e => e.offsetParent && e.getBoundingClientRect().right > document.querySelector(".dv").getBoundingClientRect().right + 1).length')

def put_file(page, i, path): # Choose a file in a tile
    r = page.call('Runtime.evaluate', expression=f'document.querySelectorAll(".dv-tile input[type=file]")[{i}]')
    page.call('DOM.setFileInputFiles', files=[str(path)], objectId=r['result']['objectId'])

def check_edit(page, tmp):
    yield 'a result at once', 'edited in' in (said := settled(page)), said
    drawing = 'document.querySelector(".dv-svg")?.outerHTML.length + document.querySelector(".dv-svg")?.outerHTML'
    page.until('document.querySelector(".dv-svg") && document.querySelector(".dv td") ? 1 : 0', what='drawing and table')
    was = page.js(drawing)
    move(page, 0, -60)
    now = page.until(f'(() => {{ const d = {drawing}, s = {STATUS}; return d !== {json.dumps(was)} && s.includes("edited in") ? s : "" }})()', what='another drawing')
    yield 'another drawing after a drag', True, now
    yield 'the command follows', '--strength' in (c := page.js('document.querySelector(".dv-command textarea").value')), c
    bad = tmp/'broken.png'
    bad.write_bytes(b'not a picture')
    put_file(page, 0, bad)
    line = page.until('document.querySelector(".dv-error")?.textContent', what='a refusal')
    yield 'a bad file is one line', line.startswith('broken.png: ') and '\n' not in line, line
    wav = tmp/'tone.wav'
    make_tone(wav)
    put_file(page, 2, wav)
    page.until(f'document.querySelectorAll(".dv-tile .bar span")[2].textContent.includes("tone.wav") && ({STATUS}).startsWith("2.0 s") ? 1 : 0', what='the uploaded sound')
    yield 'an uploaded sound is edited', True, page.js(STATUS)

def make_tone(path):
    import numpy as np, soundfile
    t = np.arange(2*22050)/22050
    soundfile.write(path, .3*np.sin(2*np.pi*220*t)*np.exp(-2*t), 22050)

def choose(page, select, value): page.js(f'(() => {{ const e = [...document.querySelectorAll(".dv select")][{select}]; e.value = {json.dumps(value)}; e.dispatchEvent(new Event("change", {{bubbles: true}})) }})()')

RANKING = 'document.querySelector(".dv-rank")?.textContent || ""'

def check_region(page, tmp):
    yield 'a ranking at once', 'ranked in' in (said := settled(page)), said
    choose(page, 1, 'published')
    page.until('document.querySelectorAll(".dv [disabled].widget-slider, .dv .noUi-target[disabled]").length < 5 ? 1 : 0', what='the sliders of the operator')
    settled(page)
    was = page.js(RANKING)
    move(page, 5, 18) # The weight of what came
    page.until(f'(() => {{ const r = {RANKING}; return r && r !== {json.dumps(was)} && ({STATUS}).includes("ranked in") ? 1 : 0 }})()', what='another ranking')
    yield 'another ranking after a drag', True, page.js(STATUS)
    weights = page.js('[...document.querySelectorAll(".dv .widget-slider")].slice(4, 7).map(e => +e.querySelector(".widget-readout").textContent)')
    yield 'weights keep their sum', abs(sum(weights) - 1) < .02, str(weights)
    was = page.js('document.querySelectorAll(".dv-tile img")[1].src')
    page.click('[...document.querySelectorAll(".dv .widget-toggle-button")][1]')
    x, y = page.middle('document.querySelectorAll(".dv-tile img")[1]')
    page.drag((x - 20, y - 60), (x + 150, y + 90))
    line = page.until(f'document.querySelectorAll(".dv-tile img")[1].src !== {json.dumps(was)} && ({STATUS}).startsWith("1 region,") ? {STATUS} : ""', what='the region of a box')
    yield 'a box is a region', True, line
    page.click('[...document.querySelectorAll(".dv button")].find(e => e.textContent === "make the sound")')
    line = page.until(f'({STATUS}).includes("of sound in") ? {STATUS} : ""', what='a sound')
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
        with jupyter(tmp) as (url, token), chromium(tmp) as page:
            for n in names:
                opened(page, url, token, n)
                if save: picture(page, n)
                for what, ok, more in CHECKS[n](page, tmp):
                    print(f'{"ok" if ok else "BAD"}  {n}: {what}  {more}'[:300], flush=True)
                    if not ok: bad.append(what)
                if k := wide(page): bad.append(f'{n}: {k} elements stick out of the panel')
                ours = [e for e in page.errors if not NOT_OURS.search(e)]
                bad += [f'{n}: console: {e}' for e in ours] + [f'{n}: loads {u}' for u in page.outside]
                page.errors.clear(); page.outside.clear()
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

def picture(page, n): # A panel in use, for the pages
    settled(page)
    if n == 'region': choose(page, 1, 'published')
    for i, by in dict(edit=[(0, 20), (5, 45)], region=[(0, 10), (5, 15)])[n]: move(page, i, by)
    time.sleep(8)
    page.mouse('mouseMoved', 5, 5)
    page.shot(ROOT/'figures'/f'explorer_{n}.png', 'document.querySelector(".dv")')
    if '--dark' in sys.argv:
        dark(page, True)
        page.shot(ROOT/'figures'/f'explorer_{n}_dark.png', 'document.querySelector(".dv")')
        dark(page, False)

if __name__ == '__main__': main()
