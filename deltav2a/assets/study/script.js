'use strict'
const study = JSON.parse(document.getElementById('study').textContent)
const main = document.getElementById('main'), $ = (s, at = document) => at.querySelector(s), all = (s, at = main) => [...at.querySelectorAll(s)]
const KEY = 'deltav2a-study-' + study.id, HEARD = 3 // Seconds to hear before an answer counts; a shorter sound is heard whole
const SCALES = [['quality', 'Sound quality', 'bad', 'excellent'], ['fit', 'Fit to the picture', 'not at all', 'perfectly']]

// ---- Order: the same for one participant, another for the next -------------------------------------------------
function random(text) { // Text to a stream of numbers in [0, 1): FNV-1a seeds mulberry32
  let h = 2166136261
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619)
  return () => {
    h = h + 0x6D2B79F5 | 0
    let t = Math.imul(h ^ h >>> 15, 1 | h)
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t
    return ((t ^ t >>> 14) >>> 0) / 4294967296
  }
}
function shuffle(xs, rnd) {
  xs = [...xs]
  for (let i = xs.length - 1; i > 0; i--) { const j = Math.floor(rnd() * (i + 1)); [xs[i], xs[j]] = [xs[j], xs[i]] }
  return xs
}
function sample(rnd) { // As many sounds as a part has, equally many of each method
  const byMethod = new Map()
  shuffle(study.sounds, rnd).forEach(s => byMethod.set(s.method, [...byMethod.get(s.method) || [], s]))
  const rows = shuffle([...byMethod.values()], rnd), out = []
  for (let i = 0; out.length < Math.min(study.trials || Infinity, study.sounds.length); i++) {
    const s = rows[i % rows.length][Math.floor(i / rows.length)]
    if (s) out.push(s)
  }
  return out
}
const neighbours = xs => xs.filter((x, i) => i && x.case === xs[i - 1].case).length
function spread(xs, rnd) { // Of 400 orders the one that shows a picture twice in a row least often
  let best = shuffle(xs, rnd)
  for (let k = 0; k < 400 && neighbours(best); k++) { const other = shuffle(xs, rnd); if (neighbours(other) < neighbours(best)) best = other }
  return best
}
const other = side => side === 'left' ? 'right' : 'left'
function part(block, rnd) { // Its trials, with repeats in the last third and attention checks in between
  const chosen = spread(sample(rnd), rnd), sides = shuffle(chosen.map((_, i) => i % 2 ? 'left' : 'right'), rnd)
  const out = chosen.map((s, i) => ({block, ...s, before: sides[i], check: false, repeat: false, ask: null}))
  const again = shuffle(out.slice(0, Math.max(1, Math.ceil(out.length / 2))), rnd).slice(0, study.repeats)
  for (const t of again) out.splice(Math.ceil(out.length * 2 / 3) + Math.floor(rnd() * (out.length / 3 + 1)), 0, {...t, before: other(t.before), repeat: true})
  for (let k = 0; k < study.checks; k++) {
    const like = out[Math.floor(rnd() * out.length)], five = () => 1 + Math.floor(rnd() * 5)
    const ask = block === 'choice' ? (rnd() < .5 ? 'left' : 'right') : {quality: five(), fit: five()}
    const low = 1 + Math.floor(out.length * k / study.checks), high = Math.max(low + 1, Math.floor(out.length * (k + 1) / study.checks) + 1)
    out.splice(low + Math.floor(rnd() * (high - low)), 0, {...like, check: true, repeat: false, ask})
  }
  return out
}
function order(participant) {
  const rnd = random(study.id + '|' + participant)
  return study.blocks.flatMap(b => part(b, rnd))
}

// ---- What is kept --------------------------------------------------------------------------------------------
let state = null, trials = [], kept = true
const now = () => new Date().toISOString()
function save() { try { localStorage.setItem(KEY, JSON.stringify(state)) } catch { kept = false } }
function load() { try { return JSON.parse(localStorage.getItem(KEY)) } catch { return null } }
function forget() { try { localStorage.removeItem(KEY) } catch {} ; state = null }

// ---- Sound ---------------------------------------------------------------------------------------------------
const audio = new Audio()
let player = null, heard = false, plays = 0, url = ''
function blob(uri) { // A data URI as an object; some browsers do not seek in data URIs
  const [head, body] = uri.split(','), bytes = Uint8Array.from(atob(body), c => c.charCodeAt(0))
  return new Blob([bytes], {type: head.slice(5).split(';')[0]})
}
function sound(id) {
  audio.pause()
  if (url) URL.revokeObjectURL(url)
  audio.src = url = URL.createObjectURL(blob(study.audio[id]))
  heard = false; plays = 0
}
function play() {
  if (!audio.paused) return audio.pause()
  audio.currentTime = 0
  plays++
  audio.play().catch(() => say('The sound could not be played. Please check your device.'))
}
function mark() {
  const at = audio.duration ? audio.currentTime / audio.duration : 0
  if (player) {
    player.style.setProperty('--at', audio.paused ? 0 : at)
    player.classList.toggle('playing', !audio.paused)
    $('.word', player).textContent = audio.paused ? (plays ? 'Play once more' : 'Play the sound') : 'Stop'
  }
  if (!heard && (audio.ended || audio.currentTime >= HEARD)) { heard = true; update() }
  if (!audio.paused) requestAnimationFrame(mark)
}
for (const e of ['play', 'pause', 'ended']) audio.addEventListener(e, mark)
audio.addEventListener('timeupdate', () => { if (document.hidden) mark() })

// ---- Screens -------------------------------------------------------------------------------------------------
let given = {}, since = 0, screen = '', update = () => {}
const say = text => { $('#said').textContent = text }
function show(name, narrow) {
  screen = name
  main.className = narrow ? 'narrow' : ''
  main.replaceChildren($('#t-' + name).content.cloneNode(true))
  player = null; update = () => {}
  for (const at of all('.play')) {
    at.replaceChildren($('#t-play').content.cloneNode(true))
    player = $('.player', at); player.onclick = play
  }
  scrollTo(0, 0)
  $('h1', main).focus({preventScroll: true})
}
function where(text, value) {
  $('#where').textContent = text
  $('#progress').hidden = value === null
  if (value !== null) $('#progress').value = value
}
function start() {
  show('start', true); where('', null)
  const n = order('').length
  $('.total').textContent = n
  $('.minutes').textContent = Math.max(1, Math.round(n * study.seconds_each / 60))
  const id = new URLSearchParams(location.hash.slice(1)).get('id')
  if (id) $('#id').value = id
  $('.sample').onclick = () => { sound(study.sounds[0].audio); play() }
  $('form').onsubmit = e => {
    e.preventDefault()
    const participant = $('#id').value.trim()
    if (!participant) return
    state = {participant, started: now(), ended: null, answers: [], intro: '', comment: ''}
    audio.pause(); save(); go()
  }
}
function go() { // To where the participant is
  trials = order(state.participant)
  const at = state.answers.length, t = trials[at]
  if (!t) return end()
  where(`${at + 1} of ${trials.length}`, at / trials.length)
  if (state.intro !== t.block) return intro(t.block)
  since = performance.now(); given = {}
  sound(t.audio)
  t.block === 'choice' ? choice(t) : rating(t)
  say(t.check ? $('h1', main).textContent : `Sound ${at + 1} of ${trials.length}`)
}
function intro(block) {
  show('part', true)
  const i = study.blocks.indexOf(block) + 1, [text, keys] = block === 'choice'
    ? ['You hear a sound and see two pictures. Choose the picture that the sound fits better. There is no right or wrong; if you are unsure, follow your first impression.', [['P', 'play and stop'], ['← →', 'left or right picture'], ['Enter', 'next']]]
    : ['You hear a sound and see a picture. Say how good the sound is as a recording, and how well it fits the picture, each from 1 to 5.', [['P', 'play and stop'], ['1 – 5', 'your rating, then it goes on to the next line'], ['↑ ↓', 'the other line'], ['Enter', 'next']]]
  $('h1', main).textContent = study.blocks.length > 1 ? `Part ${i} of ${study.blocks.length}` : 'How it works'
  $('.lead').textContent = text
  $('.keys tbody').innerHTML = keys.map(([k, what]) => `<tr><td><kbd>${k}</kbd></td><td>${what}</td></tr>`).join('')
  $('.next').onclick = () => { state.intro = block; save(); go() }
}
const off = (el, is) => el.setAttribute('aria-disabled', String(is))
function choice(t) {
  show('choice')
  const of = {[t.before]: 'before', [other(t.before)]: 'after'}
  if (t.check) { $('h1', main).textContent = `Attention check: please choose the ${t.ask} picture`; $('h1', main).classList.add('check') }
  for (const b of all('.pick')) {
    const side = b.dataset.side
    $('img', b).src = study.images[t[of[side] + '_image']]
    b.onclick = () => { if (ready()) { given = {side, answer: of[side]}; update(); say(`${side} chosen`) } }
  }
  const ready = () => heard || t.check
  update = () => {
    for (const b of all('.pick')) { off(b, !ready()); b.setAttribute('aria-pressed', String(given.side === b.dataset.side)) }
    off($('.next'), !given.side)
    $('.hint').textContent = ready() ? '' : 'Please listen first'
  }
  $('.next').onclick = () => { if (given.side) answer(t, {answer: given.answer, side: given.side, passed: t.check ? given.side === t.ask : null}) }
  update()
}
let line = 0 // Which scale the digits answer
function rating(t) {
  show('rating')
  if (t.check) { $('h1', main).textContent = `Attention check: please give ${t.ask.quality} for quality and ${t.ask.fit} for fit`; $('h1', main).classList.add('check') }
  $('.picture').src = study.images[t.after_image]
  line = 0
  SCALES.forEach(([name, title, low, high], i) => {
    const f = $('#t-scale').content.cloneNode(true).firstElementChild
    $('legend', f).textContent = title
    $('.ends', f).children[0].textContent = low; $('.ends', f).children[1].textContent = high
    $('.five', f).innerHTML = [1, 2, 3, 4, 5].map(v => `<label><input type="radio" name="${name}" value="${v}" aria-label="${v}${v === 1 ? ', ' + low : v === 5 ? ', ' + high : ''}">${v}</label>`).join('')
    f.onchange = e => { given[name] = +e.target.value; line = i; update() }
    for (const e of ['focusin', 'click']) f.addEventListener(e, () => { line = i; update() })
    $('.scales').append(f)
  })
  update = () => {
    all('fieldset').forEach((f, i) => f.classList.toggle('current', i === line))
    for (const r of all('input')) { r.disabled = !(heard || t.check); r.checked = given[r.name] === +r.value }
    off($('.next'), !(given.quality && given.fit))
    $('.hint').textContent = heard || t.check ? '' : 'Please listen first'
  }
  $('.next').onclick = () => { if (given.quality && given.fit) answer(t, {quality: given.quality, fit: given.fit, passed: t.check ? given.quality === t.ask.quality && given.fit === t.ask.fit : null}) }
  update()
}
function answer(t, what) {
  audio.pause()
  const empty = {answer: null, side: null, quality: null, fit: null, passed: null}
  const ask = t.ask && (t.ask.quality ? `${t.ask.quality} ${t.ask.fit}` : t.ask)
  state.answers.push({n: state.answers.length + 1, block: t.block, case: t.case, method: t.method, truth: t.truth, before: t.before, check: t.check, ask, repeat: t.repeat,
    ...empty, ...what, plays, seconds: Math.round((performance.now() - since) / 100) / 10, at: now()})
  if (state.answers.length === trials.length) state.ended = now()
  save(); go()
}

// ---- The end -------------------------------------------------------------------------------------------------
function results() {
  const {participant, started, ended, answers, comment} = state
  return {format: 'deltav2a-study', version: 1, study: study.id, title: study.title, participant, started, ended, trials: trials.length, comment, answers}
}
function csv() {
  const cell = v => v === null ? '' : /[",\n\r]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : String(v)
  const head = Object.keys(state.answers[0])
  return [['study', 'participant', ...head], ...state.answers.map(a => [study.id, state.participant, ...head.map(k => a[k])])].map(r => r.map(cell).join(',')).join('\n') + '\n'
}
function download(kind) {
  const a = document.createElement('a'), text = kind === 'csv' ? csv() : JSON.stringify(results(), null, 1) + '\n'
  a.href = URL.createObjectURL(new Blob([text], {type: kind === 'csv' ? 'text/csv' : 'application/json'}))
  a.download = `answers-${state.participant.replace(/[^\w-]+/g, '_')}.${kind}`
  a.click()
  setTimeout(() => URL.revokeObjectURL(a.href), 10000)
  $('.saved').textContent = `${a.download} was saved to your downloads.`
}
function end() {
  show('end', true); where('', 1)
  audio.pause()
  $('#comment').value = state.comment
  $('#comment').oninput = e => { state.comment = e.target.value; save() }
  for (const b of all('.save')) b.onclick = () => { state.saved = true; save(); download(b.dataset.kind) }
  $('.again').onclick = () => { if (state.saved || confirm('The answers were not saved to a file yet. Delete them?')) { forget(); start() } }
}

// ---- Keys ----------------------------------------------------------------------------------------------------
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || e.target.matches('textarea, input:not([type=radio])')) return
  const press = s => { const b = $(s, main); if (b) { e.preventDefault(); b.click() } }
  const onButton = e.target.matches('button')
  if (e.key === 'p' || e.key === 'P' || e.key === ' ' && !onButton) return press('.player')
  if (e.key === 'Enter' && !onButton) return press('.next')
  if (screen === 'choice' && (e.key === 'ArrowLeft' || e.key === 'ArrowRight')) return press(`[data-side=${e.key === 'ArrowLeft' ? 'left' : 'right'}]`)
  if (screen !== 'rating') return
  if (/^[1-5]$/.test(e.key)) {
    const f = all('fieldset')[line], r = $(`input[value="${e.key}"]`, f)
    if (r.disabled) return
    given[r.name] = +e.key
    if (line + 1 < SCALES.length) line++
    update(); say(`${$('legend', f).textContent}: ${e.key}`)
  } else if ((e.key === 'ArrowUp' || e.key === 'ArrowDown') && !e.target.matches('[type=radio]')) { e.preventDefault(); line = e.key === 'ArrowUp' ? 0 : SCALES.length - 1; update() }
})

state = load()
state ? go() : start()
if (!kept) say('This browser keeps nothing; please do not close the page before you have saved your answers.')
