const all = s => [...document.querySelectorAll(s)]
all('.compare input').forEach(i => i.oninput = () => i.parentNode.style.setProperty('--x', i.value + '%'))
all('audio').forEach(a => a.onplay = () => all('audio').forEach(b => { if (b !== a) b.pause() }))
all('section button').forEach(b => b.onclick = () => {
  const [x, y] = b.parentNode.querySelectorAll('.pair audio')
  const [from, to] = x.paused && !y.paused ? [y, x] : [x, y]
  const first = x.paused && y.paused
  const on = first ? x : to
  on.currentTime = first || from.ended ? 0 : from.currentTime
  from.pause(); on.play()
  b.textContent = on === x ? 'now before: switch to after' : 'now after: switch to before'
})
