#!/usr/bin/env python3
"Take a study in headless Chromium with the keyboard, with a reload in between, and analyse what it saves"
import csv, json, tempfile, time
from pathlib import Path

import torch
from browser import Browser, find_browser
from deltav2a.core.core import Clip
from deltav2a.core.audio import save_audio
from deltav2a.core.image import to_pil
from deltav2a.evaluation.listening_test import CASE_COLUMNS, StudyPlan, build_study
from deltav2a.evaluation.listening_test_analysis import analyze_study, read_answers

METHODS, CASES = ('rules', 'learnt', 'nothing'), 4

def make_cases(to): # Dark and bright pictures, low and high tones
    rows, t = [CASE_COLUMNS], torch.arange(11025)/22050
    for c in range(CASES):
        for side, level in (('before', .25), ('after', .85)): to_pil(torch.tensor([level, .5, 1 - c/CASES])[:, None, None].expand(3, 90, 120)).save(to/f'{c}-{side}.png')
        for k, m in enumerate(METHODS):
            save_audio(Clip(.3*torch.sin(2*torch.pi*220*2**(k/2 + c/9)*t), 22050), to/f'{c}-{m}.wav', 'PCM_16')
            rows.append((f'case {c}', f'{c}-before.png', f'{c}-after.png', m, f'{c}-{m}.wav'))
    (to/'cases.csv').write_text('\n'.join(map(','.join, rows)) + '\n')
    return to/'cases.csv'

def start(b, page, who): # Keyboard only: the first field has no focus by itself, Tab leads there
    b.open(page)
    for _ in range(9):
        if b.js('document.activeElement.id') == 'id': break
        b.key('Tab')
    b.type(who)
    b.key('Enter')

def wish(t): # What this participant answers: `rules` fits after, everything else before
    return 'after' if t['method'] == 'rules' else 'before'

def take(b, n=999): # Up to n trials
    for _ in range(n):
        b.wait('!!document.querySelector("h1")')
        screen = b.js('screen')
        if screen == 'end': return
        if screen == 'part': b.key('Enter')
        t = b.js('trials[state.answers.length]')
        if not t['check']:
            assert b.js('given.side || given.quality || null') is None
            b.key('ArrowLeft' if t['block'] == 'choice' else '3')
            assert b.js('Object.keys(given).length') == 0, 'an answer was taken before the sound was heard'
            b.key('p')
            b.wait('heard')
        if t['block'] == 'choice': keys = ['ArrowLeft' if (t['ask'] if t['check'] else 'left' if (wish(t) == 'before') == (t['before'] == 'left') else 'right') == 'left' else 'ArrowRight']
        else: keys = [str(t['ask']['quality']), str(t['ask']['fit'])] if t['check'] else ['4', '5' if t['method'] == 'rules' else '2']
        done = b.js('state.answers.length')
        for k in (*keys, 'Enter'): b.key(k)
        assert b.js('state.answers.length') == done + 1, f'{t} was not answered by {keys}'

def by_hand(b): # One choice with the mouse, and room enough on a small phone
    t = b.js('trials[state.answers.length]')
    assert t['block'] == 'choice', 'the fifth trial should be a choice'
    b.call('Emulation.setDeviceMetricsOverride', width=360, height=740, deviceScaleFactor=2, mobile=True)
    assert b.js('document.documentElement.scrollWidth <= innerWidth'), 'the page is wider than a phone'
    b.click('.player')
    b.wait('heard')
    want = t['ask'] if t['check'] else t['before'] if wish(t) == 'before' else dict(left='right', right='left')[t['before']]
    b.click(f'[data-side={want}]')
    b.click('.next')
    assert b.js('state.answers.length') == 6, 'the mouse did not answer'
    b.call('Emulation.setDeviceMetricsOverride', width=1100, height=820, deviceScaleFactor=1, mobile=False)

def order(b): return b.js('trials.map(t => [t.block, t.case, t.method, t.before, t.check, t.repeat].join())')

def saved(folder, name): # A download, when it is whole
    for _ in range(2400):
        if (folder/name).exists() and (folder/name).stat().st_size: return folder/name
        time.sleep(.05)
    raise TimeoutError(f'{name} was not saved')

def check(tmp):
    page, down = tmp/'study.html', tmp/'down'
    down.mkdir()
    study = build_study(make_cases(tmp), page, StudyPlan(repeats=2))
    with Browser(downloads=down) as b:
        start(b, page, 'P 1')
        b.key('Enter')
        first = order(b)
        assert len(first) == study.trials and first != sorted(first)
        assert not any(x.split(',')[1] == y.split(',')[1] for x, y in zip(first, first[1:]) if 'true' not in x + y), 'a case twice in a row'
        take(b, 5)
        b.reload()
        assert b.js('[state.participant, state.answers.length]') == ['P 1', 5] and order(b) == first, 'the reload lost something'
        by_hand(b)
        take(b)
        b.js('document.querySelector("#comment").focus()')
        b.type('fine, "really"')
        for kind in ('json', 'csv'): b.click(f'[data-kind={kind}]')
        made = [saved(down, f'answers-P_1.{k}') for k in ('json', 'csv')]
        b.click('.again')
        start(b, page, 'P2')
        assert order(b) != first, 'two participants get one order'
        for v in b.js('["img", "button", "input", "textarea"].flatMap(s => [...document.querySelectorAll(s)]).filter(e => !(e.alt || e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)'): raise AssertionError(f'{v} has no name')
        out = [u[:60] for u in b.requests() if not u.startswith(('data:', 'blob:')) and not u.startswith(page.as_uri())]
        assert not out and not b.faults(), (out, b.faults())
    return study, made

def judge(study, made): # The files agree with each other and with what was pressed
    got, rows = json.loads(made[0].read_text()), list(csv.DictReader(made[1].open(newline='')))
    asked = [a for a in got['answers'] if not a['check']]
    assert (got['study'], got['participant'], got['comment'], len(got['answers'])) == (study.id, 'P 1', 'fine, "really"', study.trials)
    assert [(r['case'], r['method'], r['answer'], r['fit']) for r in rows] == [(a['case'], a['method'], a['answer'] or '', str(a['fit'] or '')) for a in got['answers']]
    assert all(a['answer'] == wish(a) for a in asked if a['block'] == 'choice') and all(a['passed'] for a in got['answers'] if a['check'])
    assert {a['before'] for a in asked if a['block'] == 'choice'} == {'left', 'right'} and all(a['plays'] for a in asked)
    people = read_answers([made[0]])
    others = [p | dict(participant=f'Q{i}') for i, p in enumerate(people*5)]
    found = analyze_study(people + others)
    shares = {m: r['share'] for m, r in found['choice']['methods'].items()}
    assert shares == dict(rules=1., learnt=0., nothing=0.), shares
    assert found['rating']['fit']['methods']['rules']['mean'] == 5 and found['consistency']['choice'] == 1.

def main():
    if not find_browser():
        print('no Chromium here: the study page was not tried; install it with: apt-get install chromium')
        return
    with tempfile.TemporaryDirectory() as d:
        study, made = check(Path(d))
        judge(study, made)
    print(f'a study of {study.trials} trials was taken by keyboard, reloaded, saved and analysed; nothing was loaded from elsewhere, no errors in the console')

if __name__ == '__main__': main()
