"A headless Chromium to drive: open a page, press keys, move the mouse, run script, choose files, take pictures, save downloads"
import base64, json, os, shutil, subprocess, tempfile, time
from pathlib import Path

KEYS = dict(Enter=('Enter', 13, '\r'), ArrowLeft=('ArrowLeft', 37, ''), ArrowRight=('ArrowRight', 39, ''), ArrowUp=('ArrowUp', 38, ''), ArrowDown=('ArrowDown', 40, ''), Tab=('Tab', 9, ''), Space=('Space', 32, ' '))

PATIENCE = 300 # Seconds to wait for what should come at once: a bound against hanging, generous, for a busy machine is no fault
HEARD = ('Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Log.entryAdded', 'Network.requestWillBeSent') # Of what it tells by itself

def find_browser()->str: # The program; empty where there is none
    return next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'))), '')

class Browser:
    "One tab of a browser of its own, spoken to over the DevTools protocol"
    def __init__(self, width=1100, height=820, downloads=None, dark=False, mobile=False, scale=None):
        self.dir, self.n, self.said = Path(tempfile.mkdtemp(prefix='browser-')), 0, []
        args = [find_browser(), '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--mute-audio', '--no-first-run', '--disable-extensions',
                '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--remote-debugging-port=0', '--remote-allow-origins=*', f'--user-data-dir={self.dir}', 'about:blank']
        self.proc = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try: self._connect(width, height, downloads, dark, mobile, scale or (2 if mobile else 1))
        except BaseException: self.close(); raise
    def __enter__(self): return self
    def __exit__(self, *_): self.close()

    def _connect(self, width, height, downloads, dark, mobile, scale):
        from urllib.request import urlopen
        from websocket import create_connection
        port = self.dir/'DevToolsActivePort'
        self._until(lambda: port.exists() and len(port.read_text().split()) > 1, PATIENCE, 'the browser did not start')
        at = f'http://127.0.0.1:{port.read_text().split()[0]}/json/list'
        tabs = lambda: [t for t in json.load(urlopen(at)) if t['type'] == 'page']
        self._until(tabs, PATIENCE, 'no tab')
        self.ws = create_connection(tabs()[0]['webSocketDebuggerUrl'], timeout=2*PATIENCE)
        for d in ('Page', 'Runtime', 'Log', 'Network'): self.call(f'{d}.enable')
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=scale, mobile=mobile)
        self.call('Emulation.setEmulatedMedia', features=[dict(name='prefers-color-scheme', value='dark' if dark else 'light')])
        if downloads: self.call('Browser.setDownloadBehavior', behavior='allow', downloadPath=str(downloads))

    def _until(self, f, seconds, what):
        end = time.monotonic() + seconds
        while not (got := f()):
            if time.monotonic() > end: raise TimeoutError(what)
            time.sleep(.03)
        return got

    def call(self, method, **params):
        "Ask the browser; what it tells by itself meanwhile is noted in `said`"
        from websocket import WebSocketException
        try:
            n = self._send(method, params)
            while (m := json.loads(self.ws.recv())).get('id') != n: self._note(m)
        except WebSocketException as e: raise RuntimeError(f'{method}: {e}') from None
        if 'error' in m: raise RuntimeError(f'{method}: {m["error"]["message"]}')
        return m['result']
    def _send(self, method, params):
        self.n += 1
        self.ws.send(json.dumps(dict(id=self.n, method=method, params=params)))
        return self.n
    def _note(self, m):
        if m.get('method') in HEARD: self.said.append(m)
        if m.get('method') == 'Page.javascriptDialogOpening': self._send('Page.handleJavaScriptDialog', dict(accept=True)) # `Leave site?`
    def js(self, code):
        r = self.call('Runtime.evaluate', expression=code, returnByValue=True, awaitPromise=True, userGesture=True)
        if 'exceptionDetails' in r: raise RuntimeError(f'{code}: {r["exceptionDetails"].get("exception", {}).get("description", r)}')
        return r['result'].get('value')
    def wait(self, code, seconds=PATIENCE): return self._until(lambda: self.js(code), seconds, f'never true: {code}')
    def open(self, url):
        self.call('Page.navigate', url=Path(url).as_uri() if '://' not in str(url) else str(url))
        self.wait('document.readyState === "complete" && location.href !== "about:blank"')
    def reload(self):
        self.js('window.old = true')
        self.call('Page.reload')
        self.wait('!window.old && document.readyState === "complete"')
    def key(self, name):
        code, number, text = KEYS.get(name, (f'Digit{name}' if name.isdigit() else f'Key{name.upper()}', ord(name[0].upper()), name))
        about = dict(key={'Space': ' '}.get(name, name), code=code, windowsVirtualKeyCode=number)
        self.call('Input.dispatchKeyEvent', type='keyDown', **about, **(dict(text=text) if text else {}))
        self.call('Input.dispatchKeyEvent', type='keyUp', **about)
    def type(self, text): self.call('Input.insertText', text=text)
    def middle(self, element): # JavaScript that gives an element
        return self.js(f'(() => {{ const e = {element}; e.scrollIntoViewIfNeeded(); const r = e.getBoundingClientRect(); return [r.x + r.width/2, r.y + r.height/2] }})()')
    def mouse(self, kind, x, y): self.call('Input.dispatchMouseEvent', type=f'mouse{kind}', x=x, y=y, button='left', buttons=int(kind != 'Released'), clickCount=1)
    def drag(self, a, b, steps=10): # From a point to another
        self.mouse('Pressed', *a)
        for k in range(1, steps + 1): self.mouse('Moved', *(p + (q - p)*k/steps for p, q in zip(a, b)))
        self.mouse('Released', *b)
    def click(self, selector): self.click_on(f'document.querySelector({json.dumps(selector)})')
    def click_on(self, element): # JavaScript that gives an element
        at = self.middle(element)
        self.drag(at, at, 0)
    def choose(self, element, *files): # In an `<input type=file>`
        found = self.call('Runtime.evaluate', expression=element)['result']
        self.call('DOM.setFileInputFiles', files=[str(f) for f in files], objectId=found['objectId'])
    def picture(self, whole=False, element='', edge=0): # PNG of the window, the whole page, or an element with some pixels around it
        more = {}
        if element:
            x, y, w, h = self.js(f'(() => {{ const r = ({element}).getBoundingClientRect(); return [r.x, r.y, r.width, r.height] }})()')
            more = dict(clip=dict(x=x - edge, y=y - edge, width=w + 2*edge, height=h + 2*edge, scale=1))
        return base64.b64decode(self.call('Page.captureScreenshot', format='png', captureBeyondViewport=whole, **more)['data'])
    def faults(self):
        "Errors in the console and uncaught exceptions"
        out = []
        for m in self.said:
            p = m.get('params', {})
            if m['method'] == 'Runtime.exceptionThrown': out.append(p['exceptionDetails'].get('exception', {}).get('description') or p['exceptionDetails']['text'])
            if m['method'] == 'Log.entryAdded' and p['entry']['level'] == 'error': out.append(f'{p["entry"]["text"]} {p["entry"].get("url", "")}'.strip())
            if m['method'] == 'Runtime.consoleAPICalled' and p['type'] in ('error', 'assert'): out.append(' '.join(str(a.get('value', a.get('description', ''))) for a in p['args']))
        return out
    def requests(self): return [m['params']['request']['url'] for m in self.said if m['method'] == 'Network.requestWillBeSent']
    def close(self):
        if hasattr(self, 'ws'):
            try: self.call('Browser.close')
            except Exception: pass # already gone
            self.ws.close()
        try: self.proc.wait(10)
        except subprocess.TimeoutExpired: os.killpg(self.proc.pid, 9)
        shutil.rmtree(self.dir, ignore_errors=True)
