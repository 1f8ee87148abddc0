#!/usr/bin/env python3
"Open every page of the site in headless Chromium: wide, as on a phone, and in the dark; `check_pages.py FOLDER` takes a site built before"
import re, sys, time
from pathlib import Path
from urllib.parse import unquote, urldefrag

from browser import Browser, find_browser

ROOT = Path(__file__).resolve().parent.parent
HEAVY = 1_000_000 # Bytes of a page with all that it loads, sounds aside
SOUND = ('.flac', '.wav', '.ogg', '.mp3', '.mp4')
WIDE, PHONE = (1280, 900), (390, 844)
FINDS = (('index.html', 'saturation', r'\.html'), ('experiments/log.html', 'render_phrase', r'\w+\.html#render_phrase'), # From a page, a word, the address found first
         ('core/audio.html', 'install', r'(index|tutorials/\w+)\.html'))
INLINE = re.compile(rb'data:(?:audio|video)/[^"\')]*')

# What a page says of itself. Contrast as WCAG has it, of text against the nearest background that is painted
TOOLS = '''
const rgb = c => { const v = (c.match(/[\\d.]+/g) || []).map(Number), k = c.startsWith('color(srgb') ? 255 : 1; return [v[0]*k, v[1]*k, v[2]*k, v.length > 3 ? v[3] : 1] }
const lum = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v/12.92 : ((v + .055)/1.055)**2.4 }); return .2126*r + .7152*g + .0722*b }
const paint = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > .5) return c } return [255, 255, 255, 1] }
const contrast = e => { const b = paint(e).slice(0, 3), f = rgb(getComputedStyle(e).color), m = f.slice(0, 3).map((v, i) => v*f[3] + b[i]*(1 - f[3])), [x, y] = [lum(b), lum(m)].sort((p, q) => q - p); return (x + .05)/(y + .05) }
const say = e => (e.outerHTML || '').replace(/\\s+/g, ' ').slice(0, 90)
const dull = () => { const seen = {}, out = []; for (const e of document.querySelectorAll('main :is(p, li, td, th, h1, h2, h3, h4, figcaption, a, code, code span, summary, .player), #quarto-sidebar a, #TOC a, .navbar a')) {
  if (!e.checkVisibility() || !e.textContent.trim()) continue
  const key = [e.tagName, e.className, e.parentElement.className, e.getAttribute('style')].join(); if (seen[key]) continue; seen[key] = 1
  const c = contrast(e); if (c < 4.5) out.push(`contrast ${c.toFixed(1)}: ${say(e)}`) } return out }
const broad = () => document.documentElement.scrollWidth > innerWidth ? [`wider than the window by ${document.documentElement.scrollWidth - innerWidth} px: ${[...document.querySelectorAll('main *, header *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.sd-table, pre, .math, .cell-output')).slice(0, 2).map(say)}`] : []
'''
DRAWN = '''(async () => { const out = []
for (const m of document.querySelectorAll('.math')) { const r = m.querySelector('math')?.getBoundingClientRect(); if (!r || !(r.width*r.height)) out.push('a formula is not drawn: ' + say(m)) }
if (/\\\\[(\\[]/.test([...document.querySelectorAll('main p, main li')].filter(e => !e.closest('pre')).map(e => [...e.childNodes].filter(n => n.nodeType == 3).map(n => n.data).join('')).join(''))) out.push('a formula was left as text')
const loaded = a => new Promise(done => { const end = setTimeout(() => done(0), 120000), ok = v => () => { clearTimeout(end); done(v) }
  if (a.readyState >= 1) return ok(1)(); a.onloadedmetadata = ok(1); a.onerror = ok(0); if (a.preload == 'none') { a.preload = 'metadata'; a.load() } })
for (const a of document.querySelectorAll('audio')) if (!await loaded(a) || !(a.duration > 0)) out.push('a sound does not load: ' + say(a))
for (const i of document.querySelectorAll('img')) { i.loading = 'eager'; try { await i.decode() } catch { out.push('a picture does not load: ' + say(i)) } }
return [...out, ...dull(), ...broad()] })()'''
NARROW = '(() => [...broad(), ...[...document.querySelectorAll("main :is(p, div, pre, table, img, svg, audio, .math.display)")].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !(() => { for (let p = e; p && p.tagName != "MAIN"; p = p.parentElement) if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return 1 })()).slice(0, 3).map(e => "cut off: " + say(e))])()'
DARK = '''(() => { const out = dull(), b = paint(document.body)
if (lum(b.slice(0, 3)) > .1) out.push('the dark page is not dark: ' + b)
for (const i of document.querySelectorAll('main img, main .cell-output svg')) if (lum(paint(i).slice(0, 3)) < .5) { out.push('a picture without its white page: ' + say(i)); break }
return out })()'''
SEARCH = '''(async () => { const box = document.querySelector('.smalldocs-search input'); if (!box) return 'no search'
box.focus(); box.value = '%s'; box.dispatchEvent(new Event('input'))
for (let i = 0; i < 1200; i++) { const a = document.querySelector('a.search-result'); if (a) return a.getAttribute('href'); await new Promise(r => setTimeout(r, 100)) } return 'nothing found' })()'''

def weight(
    page:Path,     # Built page
    loaded:list,   # Addresses that it asked for
)->int:            # Bytes, sounds aside
    "What a page weighs with its styles, scripts, fonts and pictures"
    files = {Path(unquote(urldefrag(u)[0].split('?')[0].removeprefix('file://'))) for u in loaded if u.startswith('file:')} - {page}
    return len(INLINE.sub(b'', page.read_bytes())) + sum(f.stat().st_size for f in files if f.is_file() and f.suffix not in SOUND)

def size(b, width, height, mobile): b.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=mobile)
def shade(b, dark): b.call('Emulation.setEmulatedMedia', features=[dict(name='prefers-color-scheme', value='dark' if dark else 'light')])

def go(b, page): # As `b.open`, for a Path
    b.call('Page.navigate', url=page.as_uri())
    b.wait('document.readyState === "complete" && location.href !== "about:blank"')

def look(
    b:Browser, # Wide and light
    page:Path, # Built page
)->tuple:      # Faults, bytes
    "One page in its three looks"
    getattr(b, 'said', []).clear() # What the pages before told
    said, asked = len(b.faults()), len(b.requests())
    go(b, page)
    b.js('document.head.insertAdjacentHTML("beforeend", "<style>* { transition: none !important }</style>"), 0')
    b.js(f'window.eval({TOOLS.replace("const ", "var ")!r}), 0')
    bad = b.js(DRAWN)
    size(b, *PHONE, True)
    bad += [f'on a phone: {f}' for f in b.js(NARROW)]
    size(b, *WIDE, False)
    if page.name != '40_cases.html': # A page of files: it follows the browser, and has no switch
        shade(b, True)
        b.wait('document.documentElement.classList.contains("quarto-dark")')
        bad += [f'in the dark: {f}' for f in b.js(DARK)]
        shade(b, False)
    loaded = b.requests()[asked:]
    bad += [f'console: {f}' for f in b.faults()[said:]] + [f'loads {u}' for u in loaded if not u.startswith(('file:', 'data:', 'blob:'))]
    if (n := weight(page, loaded)) > HEAVY: bad.append(f'weighs {n/1e6:.2f} MB')
    return bad, n

def search(b, page, word, want):
    go(b, page)
    return [] if re.search(want, found := b.js(SEARCH % word)) else [f'searching for {word} gives {found} and not {want}']

COLUMN = """(() => { const p = [...document.querySelectorAll('main p')].sort((a, b) => b.textContent.length - a.textContent.length)[0], s = getComputedStyle(p)
const c = document.createElement('canvas').getContext('2d'); c.font = s.fontSize + ' ' + s.fontFamily; const t = p.textContent.slice(0, 200); return p.clientWidth*t.length/c.measureText(t).width })()"""

def narrow(b, page): # Windows in which the text has fewer than 60 characters in a line
    go(b, page)
    out = []
    for w in (1000, 1100, 1200, 1280):
        size(b, w, 900, False)
        if (n := b.js(COLUMN)) < 60: out.append(f'{page.name}: {n:.0f} characters in a line at {w} px, at least 60')
    size(b, *WIDE, False)
    return out

def patiently(b, f, *args): # A busy machine may starve a browser once
    for last in (False, True):
        try: return b, f(b, *args)
        except (RuntimeError, OSError) as e:
            print(f'{args[0].name}: {type(e).__name__}: {e}'[:200] + ('' if last else '; once more'), flush=True)
            b.close()
            b = Browser(*WIDE)
    return b, None

def all_pages(
    docs:Path, # The site
)->tuple:      # Faults, (bytes, page) of each page
    "Every page, in one browser"
    bad, weights, b = [], [], Browser(*WIDE)
    try:
        for p in sorted(docs.rglob('*.html')):
            b, got = patiently(b, look, p)
            found, n = got or (['could not be opened'], 0)
            bad += [f'{p.relative_to(docs)}: {f}' for f in found]
            weights.append((n, str(p.relative_to(docs))))
        for args in FINDS:
            args = (docs/args[0], *args[1:])
            b, got = patiently(b, search, *args)
            bad += ['the search could not be tried'] if got is None else got
        b, got = patiently(b, narrow, docs/'core'/'audio.html')
        bad += ['the column could not be measured'] if got is None else got
    finally: b.close()
    return bad, weights

def undocumented(
    docs:Path, # The site
)->list:       # Faults
    "Public functions and classes of the package without a heading of their own in the reference"
    import ast
    heads = {m for p in docs.rglob('*.html') for m in re.findall(r'<h\d[^>]*\bid="([^"]+)"', p.read_text(encoding='utf-8'))}
    def public(f):
        tree = ast.parse(f.read_text(encoding='utf-8')).body
        named = next((ast.literal_eval(n.value) for n in tree if isinstance(n, ast.Assign) and getattr(n.targets[0], 'id', '') == '__all__'), [])
        return [n.name for n in tree if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name in named]
    return [f'{f.name}: {n} is not in the reference' for f in sorted((ROOT/'deltav2a').rglob('[!_]*.py')) for n in public(f) if n.lower() not in {h.lower() for h in heads}]

def main():
    if not find_browser(): return print('no Chromium here: the pages were not looked at; install it with: apt-get install chromium')
    docs, start = Path(next(iter(sys.argv[1:]), ROOT/'_docs')).resolve(), time.time()
    if not (docs/'index.html').is_file(): sys.exit(f'{docs}: no site here; build it: make docs')
    bad, weights = all_pages(docs)
    bad += undocumented(docs)
    print(*bad, *(f'{n/1e3:.0f} kB {p}' for n, p in sorted(weights)[:-4:-1]), f'{len(weights)} pages looked at in {time.time() - start:.0f} s, {len(bad)} faults', sep='\n')
    sys.exit(bool(bad))

if __name__ == '__main__': main()
