const PIECE = 4e6
function render({ model, el }) {
  el.classList.add('dv-tile')
  el.innerHTML = '<div class="bar"><b></b><span></span><button type="button">choose</button><input type="file" hidden></div><div class="stage"><div class="frame"><img draggable="false" alt=""><svg class="marks" viewBox="0 0 100 100" preserveAspectRatio="none"></svg></div><div class="hint"></div></div>'
  const q = s => el.querySelector(s), img = q('img'), frame = q('.frame'), marks = () => drawMarks(model, q('svg'))
  let url
  const show = () => {
    const v = model.get('shown'), some = v && v.byteLength > 0
    if (url) URL.revokeObjectURL(url)
    if (some) img.src = url = URL.createObjectURL(new Blob([v], { type: model.get('mime') }))
    frame.style.display = some ? 'block' : 'none'
    q('.hint').textContent = some ? '' : model.get('hint')
    q('b').textContent = model.get('label'); q('span').textContent = q('span').title = model.get('note')
    el.classList.toggle('pick', model.get('pick'))
  }
  const send = async f => {
    for (let at = 0; at < Math.max(f.size, 1); at += PIECE) model.send({ what: 'file', name: f.name, at, size: f.size }, undefined, [await f.slice(at, at + PIECE).arrayBuffer()])
  }
  q('button').onclick = () => q('input').click()
  q('input').accept = model.get('accept')
  q('input').onchange = e => { if (e.target.files[0]) send(e.target.files[0]); e.target.value = '' }
  el.ondragover = e => { e.preventDefault(); e.stopPropagation(); el.classList.add('over') }
  el.ondragleave = () => el.classList.remove('over')
  el.ondrop = e => { e.preventDefault(); e.stopPropagation(); el.classList.remove('over'); if (e.dataTransfer.files[0]) send(e.dataTransfer.files[0]) }
  picks(model, img, frame)
  for (const k of ['shown', 'label', 'note', 'hint', 'pick']) model.on('change:' + k, show)
  for (const k of ['marks', 'place']) model.on('change:' + k, marks)
  show(); marks()
  return () => { if (url) URL.revokeObjectURL(url) }
}
