function picks(model, img, frame) {
  const share = (v, lo, n) => Math.min(1, Math.max(0, (v - lo) / n))
  let from, box, held
  const at = e => { const r = img.getBoundingClientRect(); return [share(e.clientX, r.left, r.width), share(e.clientY, r.top, r.height)] }
  const moved = to => { // A place that is held goes along, and stays inside the picture
    const d = i => Math.min(1 - Math.max(held[i], held[i + held.length - 2]), Math.max(-Math.min(held[i], held[i + held.length - 2]), to[i] - from[i]))
    return held.map((v, k) => v + d(k % 2)) }
  const span = to => held ? placeBox(moved(to)) : [0, 1].map(i => Math.min(from[i], to[i])).concat([0, 1].map(i => Math.max(from[i], to[i])))
  const drawn = to => { const [l, t, r, b] = span(to).map(v => 100 * v)
    Object.assign(box.style, { left: l + '%', top: t + '%', width: r - l + '%', height: b - t + '%' }) }
  img.onpointerdown = e => { if (!model.get('pick')) return
    from = at(e); held = undefined
    const p = model.get('place'), b = p.length ? placeBox(p) : []
    if (b.length && [0, 1].every(i => b[i] - .01 <= from[i] && from[i] <= b[i + 2] + .01)) held = p
    img.setPointerCapture(e.pointerId); box = document.createElement('div'); box.className = 'box'; frame.append(box); drawn(from) }
  img.onpointermove = e => { if (from) drawn(at(e)) }
  img.onpointerup = e => { if (!from) return
    const to = at(e), small = Math.max(Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])) < .015
    model.send({ what: 'pick', box: small ? [...to] : held ? moved(to) : span(to) })
    box.remove(); from = undefined }
}
const placeBox = p => p.length > 2 ? p : [p[0] - .02, p[1] - .02, p[0] + .02, p[1] + .02]
const SVG = 'http://www.w3.org/2000/svg'
function drawMarks(model, svg) {
  const box = ([l, t, r, b]) => `M${l} ${t}H${r}V${b}H${l}Z`, place = model.get('place')
  const all = place.length ? [...model.get('marks'), [place.length > 2 ? 'place' : 'point', box(placeBox(place).map(v => 100 * v))]] : model.get('marks')
  svg.replaceChildren(...all.flatMap(([kind, d]) => ['edge', kind].map(name => { const p = document.createElementNS(SVG, 'path')
    p.setAttribute('d', d); p.setAttribute('class', name); p.setAttribute('vector-effect', 'non-scaling-stroke'); return p })))
}
