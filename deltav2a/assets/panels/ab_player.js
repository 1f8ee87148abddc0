function render({ model, el }) {
  el.classList.add('dv-tracks')
  const names = model.get('names'), rows = names.map((n, i) => row(n, i)), clock = t => t.toFixed(1)
  let at = 0, frame
  function row(name, i) {
    const button = document.createElement('button'), label = document.createElement('b'), canvas = document.createElement('canvas'), time = document.createElement('time'), audio = new Audio()
    button.type = 'button'; button.ariaLabel = 'play ' + name; label.textContent = name; el.append(button, label, canvas, time)
    const r = { button, label, canvas, time, audio, name, i }
    button.onclick = () => audio.paused ? play(r) : audio.pause()
    canvas.onclick = e => { const b = canvas.getBoundingClientRect(); at = (audio.duration || 0) * (e.clientX - b.left) / b.width; play(r) }
    audio.onplay = audio.onpause = audio.onloadedmetadata = () => tick()
    audio.onended = () => { at = 0; tick() }
    return r
  }
  function play(r) { for (const o of rows) if (o !== r && !o.audio.paused) { at = o.audio.currentTime; o.audio.pause() }
    r.audio.currentTime = Math.min(at, r.audio.duration || 0); r.audio.play().catch(() => {}) }
  function load(r) {
    const on = !r.audio.paused, v = model.get('wav' + r.i)
    if (on) at = r.audio.currentTime
    if (r.url) URL.revokeObjectURL(r.url)
    r.url = v && v.byteLength ? URL.createObjectURL(new Blob([v], { type: 'audio/wav' })) : ''
    if (r.url) r.audio.src = r.url; else r.audio.removeAttribute('src')
    if (on) r.audio.addEventListener('loadedmetadata', () => play(r), { once: true })
  }
  function tick() { cancelAnimationFrame(frame); rows.forEach(draw); if (rows.some(r => !r.audio.paused)) frame = requestAnimationFrame(tick) }
  function draw(r) {
    const p = model.get('peaks' + r.i), c = r.canvas; if (!c.clientWidth) return setTimeout(tick, 300) // Hidden, as while a theme changes
    const k = devicePixelRatio || 1, w = c.width = c.clientWidth * k, h = c.height = c.clientHeight * k, g = c.getContext('2d')
    if (!r.audio.paused) at = r.audio.currentTime
    const long = r.audio.duration || 0, top = Math.max(.05, ...rows.flatMap(o => model.get('peaks' + o.i))), css = getComputedStyle(el)
    p.forEach((v, j) => { const on = long && at / long > j / p.length, y = Math.max(k, v / top * h * .94)
      g.globalAlpha = !at || on ? 1 : .45; g.fillStyle = css.getPropertyValue(r.i ? '--dv-after' : '--dv-before'); g.fillRect(j * w / p.length, (h - y) / 2, Math.max(1, w / p.length - k), y) })
    r.button.disabled = !r.url; r.button.style.opacity = r.label.style.opacity = r.url ? 1 : .4
    r.button.textContent = r.audio.paused ? '\u25B6' : '\u275A\u275A'
    r.time.textContent = long ? clock(Math.min(at, long)) + ' / ' + clock(long) + ' s' : ''
  }
  for (const r of rows) { model.on('change:wav' + r.i, () => { load(r); tick() }); model.on('change:peaks' + r.i, tick) }
  const seen = new ResizeObserver(tick), themes = new MutationObserver(() => setTimeout(tick, 300))
  seen.observe(el); themes.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light'] })
  rows.forEach(load); tick()
  return () => { seen.disconnect(); themes.disconnect(); cancelAnimationFrame(frame); rows.forEach(r => { r.audio.pause(); if (r.url) URL.revokeObjectURL(r.url) }) }
}
export default { render }
