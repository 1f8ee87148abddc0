#!/usr/bin/env python3
"Open both explorers in JupyterLab with headless Chromium, drag sliders, drop files, draw boxes, and wait for what comes of it"
import json, re, sys, tempfile, time
from pathlib import Path

from browser import find_browser
from lab import MAKE, PANELS, RANKING, STATUS, choose, laboratory, move, put_file, settled, until, wide

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
    yield from check_source(page)

def check_source(page): # A click names the source, and it can be dragged
    choose(page, 0, 'two cats, each its own way')
    until(page, f'{MARKS.format("other")} === 4 ? 1 : 0', 'outlines of two cats on two pictures')
    settled(page)
    page.middle(AFTER) # Scrolls there
    x, y, w, h = page.js(f'(() => {{ const r = {AFTER}.getBoundingClientRect(); return [r.x, r.y, r.width, r.height] }})()')
    command = 'document.querySelector(".dv-command textarea").value'
    source = lambda: re.search(r'--source ([\d.,]+)', page.js(command))[1]
    page.drag((x + .8*w, y + .7*h), (x + .8*w, y + .7*h), 0)
    until(page, f'{MARKS.format("source")} === 2 && {command}.includes("--source") ? 1 : 0', 'a source after a click')
    was, said = source(), settled(page)
    yield 'a click names the source', abs(float(was.split(',')[0]) - .8) < .02, was
    page.drag((x + .8*w, y + .7*h), (x + .45*w, y + .68*h))
    until(page, f'!{command}.includes("--source {was}") && {MARKS.format("source")} === 2 ? 1 : 0', 'another source after a drag')
    said = settled(page)
    yield 'a drag moves it', abs(float(source().split(',')[0]) - .45) < .02, f'{source()}; {said}'

MARKS = 'document.querySelectorAll(".dv-tile .marks path.{}").length'
AFTER = 'document.querySelectorAll(".dv-tile img")[1]'

def make_tone(path):
    import numpy as np, soundfile
    t = np.arange(2*22050)/22050
    soundfile.write(path, .3*np.sin(2*np.pi*220*t)*np.exp(-2*t), 22050)

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
)->list:   # Faults
    "Open the panels and use them"
    bad = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as d:
        tmp = Path(d)
        with laboratory(tmp) as (page, open_panel):
            for n in names:
                open_panel(n)
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
    names = [a for a in sys.argv[1:] if a in PANELS] or list(PANELS)
    for last in (False, True): # A busy machine may starve a browser once
        try: bad = once(names)
        except (RuntimeError, OSError) as e: bad = [f'{type(e).__name__}: {e}']
        print(*bad, f'{len(names)} panels, {len(bad)} faults', sep='\n')
        if not bad: break
    sys.exit(bool(bad))

NOT_OURS = re.compile('favicon|/static/lab/|translations')

if __name__ == '__main__': main()
