function picks(model, img, frame) {
  const share = (v, lo, n) => Math.min(1, Math.max(0, (v - lo) / n))
  let from, box
  const at = e => { const r = img.getBoundingClientRect(); return [share(e.clientX, r.left, r.width), share(e.clientY, r.top, r.height)] }
  const drawn = to => { const p = i => 100 * Math.min(from[i], to[i]) + '%', s = i => 100 * Math.abs(from[i] - to[i]) + '%'
    Object.assign(box.style, { left: p(0), top: p(1), width: s(0), height: s(1) }) }
  img.onpointerdown = e => { if (!model.get('pick')) return
    from = at(e); img.setPointerCapture(e.pointerId); box = document.createElement('div'); box.className = 'box'; frame.append(box); drawn(from) }
  img.onpointermove = e => { if (from) drawn(at(e)) }
  img.onpointerup = e => { if (!from) return
    const to = at(e), small = Math.max(Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])) < .015
    model.send({ what: 'pick', box: small ? [...to] : [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])] })
    box.remove(); from = undefined }
}
